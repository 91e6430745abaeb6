// What a heap knows of its memory: the regions, the indices and the counts. The heap and its mender change
// it, the examiner only reads it. No logic here.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>

#include "base/random.h"
#include "core/block/seal.h"
#include "core/cache/quarantine.h"
#include "core/config.h"
#include "core/index/free_index.h"
#include "core/index/region_set.h"

namespace padlock::core {

struct HeapState {
  HeapState(const HeapConfig& config, std::span<BlockSlot> quarantine_slots) noexcept
      : keys(Keys::derive(config.key)),
        regions(config.locate_region, config.locate_context),
        quarantine(quarantine_slots, config.quarantine_bytes, config.seed),
        zero_until_used(config.open_memory != nullptr),
        is_cached(config.is_cached),
        cached_context(config.cached_context) {}
  HeapState(const HeapState&) = delete;
  HeapState& operator=(const HeapState&) = delete;

  [[nodiscard]] bool has_caches() const noexcept { return is_cached != nullptr; }

  /// Whether what never changes of it is as it was made, so that a look at the rest goes astray nowhere.
  [[nodiscard]] bool is_sound() const noexcept {
    return seal == seal_of_constants() && regions.is_sound() && quarantine.is_sound();
  }

  /// The index of idle blocks in `state`: ready or free.
  [[nodiscard]] FreeIndex& index_of(BlockState state) noexcept {
    return state == BlockState::kReady ? ready : free;
  }
  [[nodiscard]] const FreeIndex& index_of(BlockState state) const noexcept {
    return state == BlockState::kReady ? ready : free;
  }

  Keys keys;
  RegionSet regions;
  Quarantine quarantine;
  FreeIndex ready{regions, keys};
  FreeIndex free{regions, keys};
  HeapStats stats;
  std::uint64_t last_number = 0;          // of the latest allocation
  const BlockHeader* evicting = nullptr;  // has left the quarantine, and was found damaged

  bool zero_until_used;  // memory that no block has come to

  // HeapConfig's.
  bool (*is_cached)(const BlockHeader* block, const void* context);
  const void* cached_context;

  std::uint64_t seal = seal_of_constants();  // the last member

 private:
  [[nodiscard]] std::uint64_t seal_of_constants() const noexcept {
    const auto zero =
        *reinterpret_cast<const unsigned char*>(&zero_until_used);  // overwritten, it may be none
    std::uint64_t hash = address_of(this);
    for (const std::uint64_t word :
         {keys.hash(), regions.hash(), quarantine.hash(), ready.hash(), free.hash(), std::uint64_t{zero},
          std::bit_cast<std::uint64_t>(is_cached), std::uint64_t{address_of(cached_context)}})
      hash = mix64(hash ^ word);
    return hash;
  }
};

}  // namespace padlock::core
