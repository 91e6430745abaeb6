// The bootstrap heap: a lock-free bump allocator for calls that cannot be served by an arena: before the
// options are read, from a signal handler that interrupted the allocator (where the program goes on), and
// in the symbolizer's child. Nothing is ever freed; nothing is checked.
#pragma once

#include <atomic>
#include <cstddef>

namespace padlock::runtime {

class BootstrapHeap {
 public:
  constexpr BootstrapHeap() noexcept = default;

  /// Zeroed memory, or null. `alignment` is a power of two, or 0 for 16 bytes. Thread-safe and
  /// async-signal-safe.
  void* allocate(std::size_t size, std::size_t alignment) noexcept;

  /// What was asked for. `pointer` came from here.
  static std::size_t size_of(const void* pointer) noexcept;

 private:
  struct Chunk;

  static Chunk* map_chunk(std::size_t at_least) noexcept;
  static void* carve(Chunk* chunk, std::size_t size, std::size_t alignment) noexcept;

  std::atomic<Chunk*> current_{nullptr};
};

extern constinit BootstrapHeap bootstrap_heap;

}  // namespace padlock::runtime
