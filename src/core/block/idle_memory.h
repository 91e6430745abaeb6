// What freed memory holds: poison and, in long blocks, zeros where there were zeros. Memory that the program
// never touched reads as zero without being there, and writing poison over it would bring it in.
//
// Whole chunks only (aligned, all poison or all zero), none of them in the first or last bytes of a freed
// block, where its header's neighbours and its links lie. Which of the two a chunk is, is recorded nowhere:
// it is what the chunk says.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/block/damage.h"
#include "core/block/poison.h"

namespace padlock::core {

inline constexpr std::size_t kZeroChunk = 8192;       // bytes
inline constexpr std::size_t kLongBlock = 64 * 1024;  // bytes; shorter ones are all poison

/// Of a block that is freed. `begin` and `end` are 16-byte aligned; so everywhere here.
void fill_idle(std::byte* begin, std::byte* end, const Poison& poison) noexcept;

/// Whether idle memory is untouched. Chunks that are not whole between `begin` and `end` must be poison.
bool idle_intact(const std::byte* begin, const std::byte* end, const Poison& poison) noexcept;

/// Makes poison of what is all zero: a chunk of zeros that is going to be whole no more.
void poison_zeros(std::byte* begin, std::byte* end, const Poison& poison) noexcept;

/// Where a chunk ends that holds the byte before `address`.
inline std::uintptr_t chunk_end(std::uintptr_t address) noexcept {
  return align_up(address, std::uintptr_t{kZeroChunk});
}

/// What each byte of idle memory has to be. Where no poison at all is left of a chunk, it is taken for zeros.
class IdleBytes {
 public:
  /// `whole`: chunks in it may be zero. The poison outlives it.
  IdleBytes(AddressRange whole, const Poison& poison) noexcept : whole_(whole), poison_(poison) {}

  [[nodiscard]] std::uint8_t at(std::uintptr_t address) noexcept;
  /// `begin` to `end`, within one chunk, is poison and has to be.
  [[nodiscard]] bool is_poison(std::uintptr_t begin, std::uintptr_t end) noexcept;

 private:
  [[nodiscard]] bool is_zero(std::uintptr_t chunk) noexcept;

  AddressRange whole_;
  const Poison& poison_;
  std::uintptr_t chunk_ = 1;  // the last one that was looked at; none begins at 1
  bool zero_ = false;
};

}  // namespace padlock::core
