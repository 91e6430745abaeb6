// A Padlock heap over memory of your own: an arena in a program, a test's scratch heap, an embedded pool.
// The same blocks, checks and quarantine as the process-wide allocator, without any global state.
//
// Example:
//
//     #include <cstdio>
//     #include <cstring>
//     #include <padlock/heap.h>
//
//     int main() {
//       static std::byte memory[65536];
//       padlock::Heap heap(memory);
//       void* text = heap.allocate(5);
//       std::memcpy(text, "hello", 6);  // the NUL does not fit
//       heap.deallocate(text);
//       std::puts(heap.first_fault().kind);  // heap-buffer-overflow
//     }
//
// Not thread-safe: one thread at a time. Never throws, prints or aborts: faults go to the handler, and the
// first one is kept.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace padlock {

/// One violation. Pointers and strings stay valid as long as the heap; absent ones are null.
struct HeapFault {
  const char* kind = nullptr;       // "heap-buffer-overflow", ...: docs/REPORTS.md
  const char* moment = nullptr;     // what the heap was doing: "free", "check", "eviction", ...
  const void* pointer = nullptr;    // what was passed in
  const void* block = nullptr;      // user pointer of the block at fault
  std::size_t requested = 0;        // its size in bytes
  std::uint64_t number = 0;         // its allocation number
  std::int64_t offset = 0;          // first damaged byte, from `block`
  std::uint64_t length = 0;         // from the first damaged byte to the last; 0: none
  bool at_least = false;            // the damage may reach further than `length`
  const void* neighbour = nullptr;  // of an overflow: the block behind, when its header was overrun as well;
                                    // of a damaged header: the block before, when that one is live and sound
};

struct HeapOptions {
  std::uint64_t key = 0;   // secret of seals and canaries; 0: from the memory's address, which is no secret
  std::uint64_t seed = 0;  // of the quarantine's jitter: equal seeds and calls give equal heaps
  std::size_t quarantine_bytes = 64 * 1024;  // freed memory held back, headers and padding counted
  std::size_t quarantine_blocks = 1024;
};

struct HeapStatistics {
  std::size_t live_blocks = 0;
  std::size_t live_bytes = 0;  // as requested
  std::size_t quarantined_blocks = 0;
  std::size_t quarantined_bytes = 0;  // headers and padding counted, as below
  std::size_t idle_bytes = 0;         // free or ready for reuse
  std::size_t unallocated_bytes = 0;
};

/// One block, as walk() shows it. `state`: "live", "quarantined", "ready", "free" or "condemned".
struct HeapBlock {
  const void* user = nullptr;
  std::size_t requested = 0;
  std::size_t block_size = 0;  // header, user data and padding
  std::uint64_t number = 0;
  const char* state = nullptr;
  bool sound = false;  // the header verifies
};

class Heap {
 public:
  using FaultHandler = void (*)(const HeapFault& fault, void* context);

  /// Takes over `memory` (the caller keeps owning it, and it must outlive the heap): the heap's own state
  /// goes to its front. Memory too small to hold a block makes a heap on which every allocation fails.
  explicit Heap(std::span<std::byte> memory, const HeapOptions& options = {}) noexcept;
  Heap(const Heap&) = delete;
  Heap& operator=(const Heap&) = delete;

  /// More memory. False if it is too small to be of use.
  bool add_region(std::span<std::byte> memory) noexcept;

  /// Null when nothing fits or `alignment` is not a power of two. 0: 16 bytes.
  [[nodiscard]] void* allocate(std::size_t size, std::size_t alignment = 0) noexcept;
  void deallocate(void* pointer) noexcept;
  /// As deallocate(), and the size and alignment must be those of the allocation.
  void deallocate(void* pointer, std::size_t size, std::size_t alignment) noexcept;
  /// Null when refused or nothing fits: `pointer` is then as before. A null `pointer` allocates.
  [[nodiscard]] void* reallocate(void* pointer, std::size_t size) noexcept;
  /// The requested size, exactly; 0 and a fault for what is not a live block.
  [[nodiscard]] std::size_t usable_size(const void* pointer) noexcept;

  /// Verifies every block and index; returns the number of faults.
  std::size_t check() noexcept;
  /// Every block leaves it verified.
  void flush_quarantine() noexcept;
  /// Merges every free block with its free neighbours.
  void coalesce() noexcept;

  void walk(void (*visit)(const HeapBlock& block, void* context), void* context) const noexcept;
  [[nodiscard]] HeapStatistics statistics() const noexcept;

  void set_fault_handler(FaultHandler handler, void* context = nullptr) noexcept;
  [[nodiscard]] std::size_t fault_count() const noexcept;
  [[nodiscard]] const HeapFault& first_fault() const noexcept;

 private:
  struct State;
  State* state_ = nullptr;
};

}  // namespace padlock
