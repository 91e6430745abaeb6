// The option table as text, for terminals and for docs/OPTIONS.md.
#pragma once

#include <cstddef>

#include "base/text.h"
#include "base/units.h"

namespace padlock::options {

inline constexpr std::size_t kHelpCapacity = 16_KiB;  // bytes; enough for either text

/// One option a line: name, default, what it does, which values it takes.
void print_help(TextWriter& out) noexcept;

/// docs/OPTIONS.md, whole.
void print_markdown_help(TextWriter& out) noexcept;

}  // namespace padlock::options
