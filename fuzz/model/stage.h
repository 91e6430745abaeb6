// A heap and the memory it works on. Regions, their metadata and the quarantine's slots each lie between
// guard pages, always at the same addresses: what leaves them traps at once, and a program runs the same way
// every time.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "core/heap/heap.h"
#include "program/program.h"

namespace padlock::fuzz {

class Stage {
 public:
  static constexpr std::size_t kMaxRegions = 4;
  static constexpr std::size_t kMaxRegionBytes = 65536;

  using IsCached = bool (*)(const core::BlockHeader* block, const void* context);

  /// At most one at a time: all share the same memory. A region is there already. `is_cached`: for a heap
  /// with caches in front.
  explicit Stage(const Setup& setup, IsCached is_cached = nullptr, const void* context = nullptr);
  Stage(const Stage&) = delete;
  Stage& operator=(const Stage&) = delete;

  [[nodiscard]] core::Heap& heap() noexcept { return *heap_; }
  [[nodiscard]] const core::Heap& heap() const noexcept { return *heap_; }

  /// Gives the heap one region more, of `bytes` cut to what is allowed; false if there is none left.
  bool add_region(std::size_t bytes);
  /// What the heap was given, whole granules only.
  [[nodiscard]] const std::vector<std::span<std::byte>>& regions() const noexcept { return regions_; }
  /// The region that holds `address`; empty if none does.
  [[nodiscard]] std::span<std::byte> region_of(std::uintptr_t address) const noexcept;

  /// What the heap keeps out of band: of the region that holds `address`, and the slots of its quarantine.
  [[nodiscard]] core::Region& metadata_of(std::uintptr_t address) const noexcept;
  [[nodiscard]] std::span<core::BlockSlot> slots() const noexcept { return slots_; }

  /// Makes every region visible to instrumented code again.
  void reveal_all() const noexcept;

 private:
  static core::Region* locate(std::uintptr_t address, const void* stage);

  std::vector<std::span<std::byte>> regions_;
  std::span<core::BlockSlot> slots_;
  std::optional<core::Heap> heap_;
};

/// Bytes of memory that is not part of any region and stays readable: what wild pointers point at.
std::span<std::byte> foreign_memory() noexcept;

}  // namespace padlock::fuzz
