// A region: a span of memory cut into blocks, with what is known about it out of band:
//
//   | block | block | ... | block | unallocated ...            |
//   ^ begin                       ^ top         ^ open         ^ end
//
// What lies behind `open` is out of reach for now (HeapConfig::open_memory): neither read nor written by
// anybody.
//
// Four bitmaps, a bit per granule, say without trusting any byte of the region itself where blocks
// start, which of them are idle (held by the heap's index), which are condemned (found damaged: never
// reused), and where the headers of merged blocks still lie inside idle ones ("ghosts": kept until the
// memory is reused, so that a late double free can still be reported with its stacks).
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "base/bitmap.h"
#include "core/block/header.h"
#include "core/config.h"

namespace padlock::core {

class Region {
 public:
  static constexpr std::size_t kBitmaps = 4;

  /// Bytes of metadata (this object and its bitmaps) for a region of `bytes`.
  static constexpr std::size_t metadata_bytes(std::size_t bytes) noexcept {
    return align_up(sizeof(Region), kGranule) +
           kBitmaps * Bitmap::words_for(bytes / kGranule) * sizeof(std::uint64_t);
  }

  /// Places the region at the front of `metadata` (zeroed). Null if the spans are unfit.
  static Region* create(std::span<std::byte> blocks, std::span<std::byte> metadata) noexcept;

  [[nodiscard]] bool contains(std::uintptr_t address) const noexcept {
    return address - base_ < std::size_t{granules_} * kGranule;
  }
  [[nodiscard]] std::uintptr_t base() const noexcept { return base_; }
  [[nodiscard]] std::uint32_t granules() const noexcept { return granules_; }

  /// Ends it earlier, at its top or behind it: what lies behind is no memory of the heap's any more.
  void end_at(std::uint32_t granule) noexcept {
    granules_ = granule;
    if (open() > granule) open_to(granule);
    seal();
  }

  /// Whether what never changes of it is as it was written, and its marks lie where they were laid out: then
  /// reading them, and its blocks, stays within the region and its metadata.
  [[nodiscard]] bool is_sound() const noexcept;

  /// How much of it is accessible, from its base on; never less than its top. Others may look while the owner
  /// moves it.
  [[nodiscard]] std::uint32_t open() const noexcept { return __atomic_load_n(&open_, __ATOMIC_RELAXED); }
  void open_to(std::uint32_t granule) noexcept { __atomic_store_n(&open_, granule, __ATOMIC_RELAXED); }
  [[nodiscard]] std::uintptr_t open_end() const noexcept { return address_at(open()); }

  // What a const region hands out cannot be written to.
  [[nodiscard]] BlockHeader* header_at(std::uint32_t granule) noexcept {
    return reinterpret_cast<BlockHeader*>(address_at(granule));
  }
  [[nodiscard]] const BlockHeader* header_at(std::uint32_t granule) const noexcept {
    return reinterpret_cast<const BlockHeader*>(address_at(granule));
  }
  [[nodiscard]] std::byte* bytes_at(std::uint32_t granule) noexcept {
    return reinterpret_cast<std::byte*>(address_at(granule));
  }
  [[nodiscard]] const std::byte* bytes_at(std::uint32_t granule) const noexcept {
    return reinterpret_cast<const std::byte*>(address_at(granule));
  }
  /// `address` lies in the region.
  [[nodiscard]] std::uint32_t granule_of(std::uintptr_t address) const noexcept {
    return static_cast<std::uint32_t>((address - base_) / kGranule);
  }
  [[nodiscard]] std::uint32_t granule_of(const BlockHeader* header) const noexcept {
    return granule_of(reinterpret_cast<std::uintptr_t>(header));
  }

  /// Where the block after the one that starts at `granule` starts (or the top).
  [[nodiscard]] std::uint32_t next_start(std::uint32_t granule) const noexcept {
    const std::uint32_t start = starts.first_in(granule + 1, top);
    return start == Bitmap::kNone ? top : start;
  }
  /// The block's length by the bitmap alone.
  [[nodiscard]] std::uint32_t length_at(std::uint32_t granule) const noexcept {
    return next_start(granule) - granule;
  }
  /// The start of the block that holds `granule`, or Bitmap::kNone (unallocated).
  [[nodiscard]] std::uint32_t start_of(std::uint32_t granule) const noexcept {
    return granule < top ? starts.last_at_or_before(granule) : Bitmap::kNone;
  }

  Bitmap starts;
  Bitmap idle;
  Bitmap condemned;
  Bitmap ghosts;
  std::uint32_t top = 0;  // granules handed out at least once

 private:
  friend class RegionSet;

  [[nodiscard]] std::uintptr_t address_at(std::uint32_t granule) const noexcept {
    return base_ + std::uintptr_t{granule} * kGranule;
  }

  [[nodiscard]] std::uint64_t seal_of_fields() const noexcept;
  void seal() noexcept { seal_ = seal_of_fields(); }

  std::uint32_t laid_out_ = 0;  // granules that there are marks for
  Region* next_ = nullptr;      // in its RegionSet
  std::uintptr_t base_ = 0;
  std::uint32_t granules_ = 0;
  std::uint32_t open_ = 0;
  std::uint64_t seal_ = 0;  // of the four that seldom change
};

}  // namespace padlock::core
