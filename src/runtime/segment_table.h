// Whose memory an address is: one byte for every 16 MiB of the 47-bit address space, touched lazily.
// Look-ups take no lock.
#pragma once

#include <cstddef>
#include <cstdint>

namespace padlock::runtime {

inline constexpr unsigned kSegmentShift = 24;
inline constexpr std::size_t kSegmentSize = std::size_t{1} << kSegmentShift;  // bytes; also its alignment

using SegmentOwner = std::uint8_t;
inline constexpr SegmentOwner kNobody = 0;
inline constexpr SegmentOwner kBootstrap = 255;  // every other value: the index of an arena, plus one

class SegmentTable {
 public:
  constexpr SegmentTable() noexcept = default;

  [[nodiscard]] SegmentOwner owner_of(std::uintptr_t address) const noexcept {
    if (address >> kAddressBits != 0) return kNobody;
    return __atomic_load_n(&owners_[address >> kSegmentShift], __ATOMIC_ACQUIRE);
  }

  /// `begin` and `size` are multiples of kSegmentSize.
  void set_owner(std::uintptr_t begin, std::size_t size, SegmentOwner owner) noexcept {
    for (std::uintptr_t at = begin; at < begin + size; at += kSegmentSize) {
      __atomic_store_n(&owners_[at >> kSegmentShift], owner, __ATOMIC_RELEASE);
    }
  }

 private:
  static constexpr unsigned kAddressBits = 47;

  // No std::atomic: a compiler may not find 8 million of them constant-initialized.
  SegmentOwner owners_[std::size_t{1} << (kAddressBits - kSegmentShift)] = {};
};

/// The process's table: 8 MiB of address space in the zero-initialized data, of which a few pages are used.
extern constinit SegmentTable segment_table;

}  // namespace padlock::runtime
