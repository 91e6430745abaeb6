// Whether what an instruction loads is a function that is called next: the second half of a virtual call,
// where the compiler has made two instructions of it. Pure: bytes in.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace padlock::arch {

/// Bytes of code that are looked at, at most.
inline constexpr std::size_t kLoadedCallBytes = 96;

/// `code` begins with a load of a word into a general register, and goes on, by way of plain moves,
/// comparisons and forward jumps, to a call or a jump to what that register then holds. False where it does
/// not, or does so in a way that this does not know.
bool calls_what_it_loads(std::span<const std::uint8_t> code) noexcept;

}  // namespace padlock::arch
