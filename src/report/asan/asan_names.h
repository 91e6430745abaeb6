// AddressSanitizer's names for what Padlock finds.
#pragma once

#include <string_view>

#include "core/fault.h"

namespace padlock::report {

/// As in AddressSanitizer's line "SUMMARY: AddressSanitizer: NAME": "heap-use-after-free". "unknown-crash"
/// where it has no such kind.
std::string_view asan_name(const core::Fault& fault) noexcept;

/// "malloc", "operator new []"; of what releases: "free", "operator delete".
std::string_view asan_allocator(core::Origin origin) noexcept;
std::string_view asan_releaser(core::Origin origin) noexcept;

}  // namespace padlock::report
