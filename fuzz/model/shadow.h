// AddressSanitizer's shadow, where a build has one: memory that the heap has no business with is hidden while
// it works. The model itself is compiled without instrumentation, so it still reads everything.
#pragma once

#include <cstddef>

namespace padlock::fuzz {

/// From now on instrumented code that touches [begin, begin + size) is reported; the last `size` % 8 bytes
/// are beyond what a shadow byte can say, and stay visible.
void hide(const std::byte* begin, std::size_t size) noexcept;
void reveal(const std::byte* begin, std::size_t size) noexcept;

}  // namespace padlock::fuzz
