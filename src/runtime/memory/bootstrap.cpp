// The bootstrap heap: chunks, which are segments, cut from the front.
#include "runtime/memory/bootstrap.h"

#include <algorithm>
#include <cstdint>

#include "base/arith.h"
#include "base/units.h"
#include "os/memory.h"
#include "os/memory_locks.h"
#include "runtime/memory/segment.h"
#include "runtime/memory/segment_table.h"

namespace padlock::runtime {

constinit BootstrapHeap bootstrap_heap;

struct BootstrapHeap::Chunk {
  SegmentHead head;
  std::atomic<std::size_t> used;
  Chunk* older;
};

namespace {

// Lies right before the pointer that is given out.
struct alignas(16) Prefix {
  std::size_t size;
};

constexpr std::size_t kDefaultAlignment = 16;

}  // namespace

void* BootstrapHeap::allocate(std::size_t size, std::size_t alignment) noexcept {
  if (alignment < kDefaultAlignment) alignment = kDefaultAlignment;
  if (size > PTRDIFF_MAX / 2 || alignment > PTRDIFF_MAX / 4) return nullptr;
  for (;;) {
    Chunk* chunk = current_.load(std::memory_order_acquire);
    if (chunk != nullptr) {
      if (void* memory = carve(chunk, size, alignment); memory != nullptr) return memory;
    }
    Chunk* fresh = map_chunk(size + alignment + sizeof(Prefix));
    if (fresh == nullptr) return nullptr;
    note(fresh);
    // Where another thread was faster, both chunks are good; this one is simply tried last.
    current_.compare_exchange_strong(chunk, fresh, std::memory_order_acq_rel);
    if (void* memory = carve(fresh, size, alignment); memory != nullptr) return memory;
  }
}

void BootstrapHeap::note(Chunk* chunk) noexcept {
  chunk->older = latest_.load(std::memory_order_relaxed);
  while (!latest_.compare_exchange_weak(chunk->older, chunk, std::memory_order_acq_rel)) {
  }
}

AddressRange BootstrapHeap::used_of(const Chunk& chunk) noexcept {
  const std::uintptr_t begin = address_of(&chunk);
  const std::size_t used = std::min(chunk.used.load(std::memory_order_relaxed), chunk.head.size);
  return {begin + sizeof(Chunk), begin + used};
}

const BootstrapHeap::Chunk* BootstrapHeap::older_than(const Chunk& chunk) noexcept { return chunk.older; }

BootstrapHeap::Chunk* BootstrapHeap::map_chunk(std::size_t at_least) noexcept {
  constexpr std::size_t kLeast = 256_KiB;
  const std::size_t least = align_up(at_least + sizeof(Chunk), kLeast);
  std::size_t size = align_up(least, kSlotSize);
  if (os::future_is_locked() || size > os::memory_limit() / 64) size = least;
  void* memory = map_slots(size, os::Protection::kReadWrite);
  if (memory == nullptr) return nullptr;
  auto* chunk = static_cast<Chunk*>(memory);
  chunk->head.size = size;
  chunk->used.store(sizeof(Chunk), std::memory_order_relaxed);
  segment_table.set_owner(address_of(memory), size, kBootstrapOwner);
  return chunk;
}

void* BootstrapHeap::carve(Chunk* chunk, std::size_t size, std::size_t alignment) noexcept {
  const std::size_t need = sizeof(Prefix) + size + alignment;
  const std::size_t offset = chunk->used.fetch_add(need, std::memory_order_relaxed);
  if (offset > chunk->head.size || need > chunk->head.size - offset) return nullptr;
  const std::uintptr_t first = address_of(chunk) + offset + sizeof(Prefix);
  auto* user = reinterpret_cast<std::byte*>(align_up(first, std::uintptr_t{alignment}));
  reinterpret_cast<Prefix*>(user)[-1].size = size;
  return user;
}

std::size_t BootstrapHeap::size_of(const void* pointer) noexcept {
  return static_cast<const Prefix*>(pointer)[-1].size;
}

}  // namespace padlock::runtime
