// Names for addresses, from libbacktrace and Boost.Stacktrace, asked in a forked child under a time limit: a
// symbolizer that hangs or crashes costs names, never the report.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "trace/name_book.h"

namespace padlock::trace {

/// Adds the names of `pcs` (return addresses; the look-up is done for pc - 1) to `book`, which must be at
/// least half empty and know none of them. `enter_child` runs first in the child: there the caller routes
/// malloc to a private heap. Returns how many pcs, from the first one on, got an answer before `timeout_ms`
/// ran out; of one at which the child crashed that is no name. Needs no malloc in the parent.
std::size_t symbolize(std::span<const std::uintptr_t> pcs, NameBook& book, void (*enter_child)(),
                      int timeout_ms) noexcept;

}  // namespace padlock::trace
