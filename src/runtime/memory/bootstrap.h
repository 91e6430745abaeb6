// The bootstrap heap: a lock-free bump allocator for calls that cannot be served by an arena: before the
// options are read, from a signal handler that interrupted the allocator (where the program goes on), and
// in the symbolizer's child. Nothing is ever freed; nothing is checked.
#pragma once

#include <atomic>
#include <cstddef>

#include "base/range.h"

namespace padlock::runtime {

class BootstrapHeap {
 public:
  constexpr BootstrapHeap() noexcept = default;

  /// Zeroed memory, or null. `alignment` is a power of two, or 0 for 16 bytes. Thread-safe and
  /// async-signal-safe.
  void* allocate(std::size_t size, std::size_t alignment) noexcept;

  /// What was asked for. `pointer` came from here.
  static std::size_t size_of(const void* pointer) noexcept;

  /// `visit(range)` of all memory that it has handed out. Thread-safe.
  template <typename Visit>
  void for_each_used(Visit visit) const noexcept {
    const Chunk* chunk = latest_.load(std::memory_order_acquire);
    while (chunk != nullptr) {
      visit(used_of(*chunk));
      chunk = older_than(*chunk);
    }
  }

 private:
  struct Chunk;

  static AddressRange used_of(const Chunk& chunk) noexcept;
  static const Chunk* older_than(const Chunk& chunk) noexcept;
  void note(Chunk* chunk) noexcept;

  static Chunk* map_chunk(std::size_t at_least) noexcept;
  static void* carve(Chunk* chunk, std::size_t size, std::size_t alignment) noexcept;

  std::atomic<Chunk*> current_{nullptr};
  std::atomic<Chunk*> latest_{nullptr};  // of all chunks
};

extern constinit BootstrapHeap bootstrap_heap __attribute__((visibility("hidden")));

}  // namespace padlock::runtime
