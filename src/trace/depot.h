// The stack depot: every distinct stack once, named by a small id. Fixed memory, reserved up front and
// touched as needed; when it is full new stacks get id 0, and whoever wants to know is told once.
// Lock-free for readers, thread-safe for writers; async-signal-safe to read.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "trace/depot_index.h"
#include "trace/frame_state.h"

namespace padlock::trace {

/// Memory, in this order: the index (hash to id), the place of each id, the stacks. A stack that is known is
/// found without touching it: stacks are told apart by their hash alone.
class Depot {
 public:
  constexpr Depot() noexcept = default;

  enum class Shortage : std::uint8_t { kManyStacks, kFull };
  /// Called once for each: by the intern() that makes the stacks many, by the first that finds no room.
  using WhenShort = void (*)(Shortage shortage) noexcept;

  /// Reserves address space for `bytes` of stacks, index included; the fewest is a few pages. Once, before
  /// any other call. False if the system refuses (every id is 0 then); it may be called again.
  bool init(std::size_t bytes, WhenShort when_short = nullptr) noexcept;

  /// `pcs`: return addresses, innermost first, at most kMaxDepth. `hash`: of them, all 64 bits well mixed; it
  /// alone tells stacks apart (of a million, one is taken for another with odds of 2^-15). Returns its id; 0
  /// if it is empty or new and does not fit.
  TraceId intern(std::span<const std::uintptr_t> pcs, std::uint64_t hash) noexcept;
  /// Copies the stack out, as much as fits; returns its whole depth (0 for an id that was never given).
  std::size_t fetch(TraceId id, std::span<std::uintptr_t> pcs) const noexcept;

  /// How deep the next stack should be, where `wanted` frames are asked for: half of them once there are
  /// kManyStacks, a quarter from twice as many on, but the innermost four in any case. Recursion makes new
  /// stacks without end, fewer the less of them is looked at.
  [[nodiscard]] std::size_t depth_for(std::size_t wanted) const noexcept {
    const std::size_t stacks = size();
    if (stacks < kManyStacks) [[likely]]
      return wanted;
    const std::size_t shortened = wanted / (stacks < 2 * kManyStacks ? 2 : 4);
    return shortened >= kLeastDepth ? shortened : wanted < kLeastDepth ? wanted : kLeastDepth;
  }
  static constexpr std::size_t kManyStacks = std::size_t{1} << 17;
  static constexpr std::size_t kLeastDepth = 4;

  [[nodiscard]] bool degraded() const noexcept { return degraded_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t size() const noexcept { return count_.load(std::memory_order_relaxed); }
  [[nodiscard]] std::size_t bytes_used() const noexcept;

 private:
  struct Node;

  [[gnu::noinline]] TraceId add(std::span<const std::uintptr_t> pcs, std::uint64_t hash) noexcept;
  TraceId write(std::span<const std::uintptr_t> pcs) noexcept;
  [[nodiscard]] Node* node(TraceId id) const noexcept;
  bool reserve(std::uint64_t words, TraceId& id, std::uint64_t& place) noexcept;
  void degrade() noexcept;

  DepotIndex index_;
  std::atomic<std::uint32_t>* places_ = nullptr;  // of ids, in words from words_; 0: not given
  std::uint64_t* words_ = nullptr;                // null: no memory
  std::uint64_t most_ids_ = 0;
  std::uint64_t most_words_ = 0;
  WhenShort when_short_ = nullptr;
  std::atomic<bool> degraded_{false};
  // Written with every new stack, so not beside what every thread reads.
  alignas(64) std::atomic<std::uint64_t> cursor_{0};  // ids given << 40 | words given
  std::atomic<std::size_t> count_{0};
};

}  // namespace padlock::trace
