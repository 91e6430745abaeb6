// The script language of the differential run: calls of the malloc family as programs make them, legal ones
// only, in six bytes each. Every byte string is a script. Of calls that the standard leaves open, what comes
// back is noted and given back at once, so that a script means the same under every allocator.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace padlock::fuzz {

enum class Family : std::uint8_t {
  kMalloc,
  kCalloc,
  kRealloc,
  kReallocArray,
  kAlignedAlloc,
  kPosixMemalign,
  kMemalign,
  kValloc,
  kPvalloc,
  kNew,
  kNewArray,
  kNewNothrow,
  kNewArrayNothrow,
  kNewAligned,
  kNewArrayAligned,
  kNewAlignedNothrow,
  kOfLibc,  // what strdup, asprintf and open_memstream allocate
  kFree,    // in the way that its block was allocated; of operators, the sized one for odd extras
  kUsableSize,
  kWrite,
  kNothing,  // free and the operators, of null; usable size of null
  kTrim,
};
inline constexpr std::size_t kFamilies = 22;
inline constexpr std::size_t kPlaces = 256;  // blocks at a time, each in a place of its own
inline constexpr std::size_t kCallBytes = 6;
inline constexpr std::size_t kMostCalls = 4000;

struct Call {
  Family family = Family::kMalloc;
  std::uint8_t place = 0;
  std::uint16_t size_code = 0;
  std::uint8_t extra = 0;   // alignment or count, as the family has it
  std::uint8_t around = 0;  // errno before, which of two threads makes the call, and the new handler

  /// Bytes: the code itself; up to 460 KB; or an edge from which no allocator can serve a request (kHuge),
  /// and its like.
  [[nodiscard]] std::size_t size() const noexcept;
  /// A power of two up to 64 KiB; or, in aligned_alloc, posix_memalign and memalign, anything.
  [[nodiscard]] std::size_t alignment() const noexcept;
  /// Mostly below 16; or so many that a product wraps.
  [[nodiscard]] std::size_t count() const noexcept;
  [[nodiscard]] int errno_before() const noexcept;
  /// How often the new handler of an operator is called before it gives up; 0: there is none.
  [[nodiscard]] unsigned handler_calls() const noexcept { return around >> 5U; }
  [[nodiscard]] bool by_helper() const noexcept { return (around & 0x10U) != 0; }
};

const char* name_of(Family family) noexcept;

/// The bytes of a script; more than kMostCalls are ignored.
std::vector<Call> decode_calls(std::span<const std::uint8_t> bytes);
/// A legal program of a heap (program/program.h), as calls.
std::vector<Call> calls_of_program(std::span<const std::uint8_t> bytes);

}  // namespace padlock::fuzz
