// Stack capture: table-driven unwinding with a memo of whole traces in front. docs/DESIGN.md, section 5.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>

#include "os/thread.h"
#include "trace/depot.h"
#include "trace/frame_state.h"
#include "trace/memo.h"
#include "trace/recent_stacks.h"
#include "trace/rule_table.h"
#include "trace/tails.h"
#include "trace/walk.h"

namespace padlock::trace {

enum class UnwindMode : std::uint8_t { kFast, kExact, kNone };

/// Rules and memos of another generation are void. Not 0.
extern constinit std::atomic<std::uint32_t> rules_generation;

/// One thread's rules and memo. Zero-initialized memory is a valid empty one (the runtime maps it).
/// Not shared between threads; not usable from a signal handler that interrupted its own capture. The depot
/// is always the same: ids are remembered.
/// No malloc, no lock: usable inside malloc, also while the dynamic loader holds its locks.
class ThreadUnwinder {
 public:
  /// The calling thread's stack. On any other one every trace works too; what the memo does not know takes a
  /// system call a page there.
  void set_stack(AddressRange stack) noexcept;

  /// The id of the stack that begins at `caller`, at most `depth` frames (<= kMaxDepth). 0 for mode kNone,
  /// for depth 0 and when the depot is full.
  TraceId capture(const FrameState& caller, std::size_t depth, UnwindMode mode, Depot& depot) noexcept {
    const TraceId id = mode == UnwindMode::kFast && memo_.depth() == depth ? recall(caller) : 0;
    return id != 0 ? id : capture_anew(caller, depth, mode, depot);
  }
  /// The same in two steps, for callers that always want the same depth: 0 where the memo does not know the
  /// stack, as always in modes other than kFast; ...
  [[nodiscard]] TraceId recall(const FrameState& caller) noexcept {
    return memo_.recall(caller, rules_generation.load(std::memory_order_relaxed));
  }
  /// ... what to do then.
  TraceId capture_anew(const FrameState& caller, std::size_t depth, UnwindMode mode, Depot& depot) noexcept;

  /// The latest trace of the memo is to be captured anew; all of them are.
  void forget_latest() noexcept { memo_.forget_latest(); }
  void forget_traces() noexcept { memo_.clear(); }

  /// The same without a depot: for reports and tests. Returns the number of frames.
  std::size_t walk(const FrameState& caller, UnwindMode mode, std::span<std::uintptr_t> pcs) noexcept;

 private:
  /// Returns 0 frames when a rule on the way is hard.
  template <typename Log>
  std::size_t walk_by_rules(const FrameState& caller, Log& log, std::span<std::uintptr_t> pcs) noexcept;
  template <typename Log>
  WalkEnd walk_tail(Walk& walk, Log& log, std::span<std::uintptr_t> pcs) noexcept;
  template <typename Log>
  std::size_t walk_logged(const FrameState& caller, UnwindMode mode, Log& log,
                          std::span<std::uintptr_t> pcs) noexcept;
  TraceId capture_into(MemoEntry& entry, const FrameState& caller, std::size_t depth, Depot& depot) noexcept;
  TraceId capture_own(MemoEntry& entry, const FrameState& caller, std::size_t depth, Depot& depot) noexcept;
  TraceId capture_foreign(MemoEntry& entry, const FrameState& caller, std::size_t depth,
                          Depot& depot) noexcept;
  /// Sets `known` where the log says it all and the memo may keep the id.
  template <typename Log>
  TraceId capture_logged(const FrameState& caller, Log& log, std::size_t depth, Depot& depot,
                         bool& known) noexcept;
  TraceId id_of(std::span<const std::uintptr_t> stack, Depot& depot) noexcept;
  void follow_module_changes(const FrameState& caller) noexcept;

  AddressRange stack_;
  AddressRange loader_;
  std::uint32_t generation_;
  RuleTable rules_;
  Memo memo_;
  Tails tails_;
  RecentStacks recent_;
};
// Lazily touched: a thread pays for the pages that its own call sites fall on.
static_assert(sizeof(ThreadUnwinder) <= 768 * 1024);

/// Forgets all rules of all threads: code was unmapped. Thread-safe, async-signal-safe, cheap.
/// The loader's own dlopen and dlclose are noticed without it where they allocate or free through a capture.
void invalidate_rules() noexcept;

}  // namespace padlock::trace
