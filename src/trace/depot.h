// The stack depot: every distinct stack once, named by a small id. Its memory grows in steps up to a limit;
// when that is reached new stacks get id 0, and a callback is invoked once. Lock-free, thread-safe;
// async-signal-safe to read.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "trace/depot_index.h"
#include "trace/frame_state.h"
#include "trace/growing_array.h"

namespace padlock::trace {

/// Memory for three things: the index (hash to id), the place of each id, the stacks. A stack that is known
/// is found without touching it: stacks are distinguished by their hash alone.
class Depot {
 public:
  constexpr Depot() noexcept = default;

  enum class Shortage : std::uint8_t { kManyStacks, kFull, kNoMemory };
  /// Called once for each: by the intern() that makes the stacks many, by the first that finds no room, by
  /// the first for which the system has no memory.
  using WhenShort = void (*)(Shortage shortage) noexcept;
  /// Zeroed pages, or null.
  using MapMemory = void* (*)(std::size_t bytes);

  /// At most `bytes` for stacks, index included; the fewest is a few pages. Nothing is mapped yet. Once,
  /// before any other call; without it every id is 0.
  void init(std::size_t bytes, WhenShort when_short = nullptr, MapMemory map = map_pages) noexcept;

  /// `pcs`: return addresses, innermost first, at most kMaxDepth. `hash`: of them, all 64 bits well mixed; it
  /// alone distinguishes stacks (of a million, one is taken for another with odds of 2^-15). Returns its id;
  /// 0 if it is empty or new and does not fit. Where the system has no memory for it, new stacks do without
  /// for a while, and then it is asked again. `generation`: of the modules that the addresses lie in
  /// (module_history.h), kept with a new stack.
  TraceId intern(std::span<const std::uintptr_t> pcs, std::uint64_t hash,
                 std::uint32_t generation = 0) noexcept;
  /// Copies the stack out, as much as fits; returns its whole depth (0 for an id that was never given).
  std::size_t fetch(TraceId id, std::span<std::uintptr_t> pcs) const noexcept;
  /// 0 for an id that was never given.
  [[nodiscard]] std::uint32_t generation_of(TraceId id) const noexcept;

  /// How deep the next stack should be, where `wanted` frames are asked for: half of them once there are
  /// kManyStacks, a quarter from twice as many on, but the innermost four in any case. Recursion makes new
  /// stacks without end, fewer the less of them is looked at.
  [[nodiscard]] std::size_t depth_for(std::size_t wanted) const noexcept {
    const std::size_t stacks = size();
    if (stacks < kManyStacks) [[likely]]
      return wanted;
    const std::size_t shortened = wanted / (stacks < 2 * kManyStacks ? 2 : 4);
    return std::min(wanted, std::max(shortened, kLeastDepth));
  }
  static constexpr std::size_t kManyStacks = std::size_t{1} << 17;
  static constexpr std::size_t kLeastDepth = 4;

  [[nodiscard]] bool degraded() const noexcept { return degraded_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t size() const noexcept { return count_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t bytes_used() const noexcept;

 private:
  struct Node;

  using Places = GrowingArray<std::atomic<std::uint32_t>, 16, 256>;
  using Words = GrowingArray<std::uint64_t, 15, 16384>;
  enum class Room : std::uint8_t { kFound, kFull, kNoMemory };

  static void* map_pages(std::size_t bytes);
  [[gnu::noinline]] TraceId add(std::span<const std::uintptr_t> pcs, std::uint64_t hash,
                                std::uint32_t generation) noexcept;
  Room write(std::span<const std::uintptr_t> pcs, std::uint32_t generation, TraceId& id) noexcept;
  [[nodiscard]] Node* node(TraceId id) const noexcept;
  Room reserve(std::uint64_t words, TraceId& id, std::uint64_t& place) noexcept;
  TraceId do_without(Room room) noexcept;
  bool is_waiting_for_memory() noexcept;

  DepotIndex index_;
  std::uint64_t most_ids_ = 0;
  std::uint64_t most_words_ = 0;
  MapMemory map_ = nullptr;  // null: not set up
  WhenShort when_short_ = nullptr;
  std::atomic<bool> degraded_{false};
  std::atomic<bool> was_out_of_memory_{false};
  std::atomic<std::uint32_t> left_out_{0};  // stacks still to do without before the system is asked again
  // Written with every new stack, so not beside what every thread reads.
  alignas(64) std::atomic<std::uint64_t> cursor_{0};  // ids given << 40 | words given
  std::atomic<std::size_t> count_{0};
  Places places_;  // of ids, in words; 0: not given
  Words words_;
};

}  // namespace padlock::trace
