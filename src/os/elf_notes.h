// The notes of a mapped ELF image: its build id, marks.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "base/range.h"

namespace padlock::os {

/// The content of the first note of that name and type in the image that begins at `load_base`. Nothing in
/// the image is trusted, and nothing but notes of up to 64 KiB is looked at: it may be any mapped file.
std::optional<AddressRange> find_note(std::uintptr_t load_base, std::string_view name,
                                      std::uint32_t type) noexcept;

}  // namespace padlock::os
