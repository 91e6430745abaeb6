// Configuration (HeapConfig) and requests of a core heap.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/fault.h"

namespace padlock::core {

inline constexpr std::size_t kGranule = 16;    // bytes; block sizes and addresses are multiples of it
inline constexpr std::size_t kMinPadding = 8;  // bytes of canary behind every block
inline constexpr std::size_t kMaxRegion = std::size_t{1} << 31;  // bytes
inline constexpr std::size_t kMaxAlignment = std::size_t{1} << 30;

class Region;
struct BlockHeader;

struct HeapConfig {
  std::uint64_t key = 0;                       // seals, canaries and poison derive from it; secret
  std::uint64_t seed = 0;                      // for the quarantine's jitter
  std::size_t quarantine_bytes = 256 * 1024;   // headers and padding counted; 0: no quarantine
  std::size_t coalesce_ready_bytes = 1 << 20;  // merge a batch when more bytes than this are ready
  std::size_t coalesce_batch = 32;             // maximum number of blocks merged per batch
  std::size_t fill_fresh_max = 0;              // bytes of a block filled where its memory was never allocated
  Region* (*locate_region)(std::uintptr_t address,
                           const void* context) = nullptr;  // see region_set.h; null: search
  const void* locate_context = nullptr;
  // Makes a region's memory accessible from `begin` up to `wanted` at least; returns up to where it then is,
  // `begin` where the system refuses. Null: all of it always is. Otherwise it is zero.
  std::uintptr_t (*open_memory)(std::uintptr_t begin, std::uintptr_t wanted) = nullptr;
  // Whether a cache holds a block; null: the heap has no caches, and no block is freed past it.
  bool (*is_cached)(const BlockHeader* block, const void* context) = nullptr;
  const void* cached_context = nullptr;
};

/// Who makes a call: ids that the heap stores and never interprets.
struct Caller {
  std::uint32_t trace = 0;   // 24 bits are kept; 0: none
  std::uint16_t thread = 0;  // 0: none
  std::uint64_t number = 0;  // allocation number, 48 bits are kept; 0: the heap counts by itself
};

struct AllocRequest {
  std::size_t size = 0;
  std::size_t alignment = 0;  // explicit alignment, a power of two; 0: the default of 16 bytes
  Origin origin = Origin::kMalloc;
  Caller by;
};

struct FreeRequest {
  Origin origin = Origin::kMalloc;
  std::optional<std::size_t> size;  // sized delete, free_sized
  std::optional<std::size_t>
      alignment;  // aligned delete, free_aligned_sized; for kNew/kNewArray nullopt means plain
  Caller by;
  Moment moment = Moment::kFree;
};

struct HeapStats {
  std::size_t live_blocks = 0;
  std::size_t live_bytes = 0;        // requested
  std::size_t live_block_bytes = 0;  // with headers and padding
  std::size_t quarantined_blocks = 0;
  std::size_t quarantined_bytes = 0;  // with headers and padding, as all below
  std::size_t ready_bytes = 0;
  std::size_t free_bytes = 0;
  std::size_t unallocated_bytes = 0;
  std::size_t condemned_bytes = 0;
  std::size_t regions = 0;
};

}  // namespace padlock::core
