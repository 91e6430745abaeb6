// The walk by rules, and what stands in front of it and behind it.
#include "trace/unwinder.h"

#include <algorithm>

#include "os/process.h"
#include "trace/exact.h"
#include "trace/foreign_trace.h"
#include "trace/module_history.h"
#include "trace/word_hash.h"

namespace padlock::trace {

constinit std::atomic<std::uint32_t> rules_generation{1};

void invalidate_rules() noexcept { rules_generation.fetch_add(1, std::memory_order_relaxed); }

void ThreadUnwinder::set_stack(AddressRange stack) noexcept {
  memo_.clear();
  tails_.clear();
  stack_ = stack;
  loader_ = os::loader_range();
}

// The loader frees what it knew of a module right after it unmapped it, so in its own calls it is seen at it:
// no hook on dlclose is needed. No thread can have run new code at old addresses before that.
[[gnu::always_inline]] inline void ThreadUnwinder::follow_module_changes(const FrameState& caller) noexcept {
  if (loader_.contains(caller.pc) && os::loader_is_changing_modules()) [[unlikely]] {
    invalidate_rules();
  }
  const std::uint32_t generation = rules_generation.load(std::memory_order_relaxed);
  if (generation != generation_) [[unlikely]] {
    generation_ = generation;
    rules_.set_generation(generation);
    tails_.clear();
  }
}

template <typename Log>
std::size_t ThreadUnwinder::walk_by_rules(const FrameState& caller, Log& log,
                                          std::span<std::uintptr_t> pcs) noexcept {
  if (!is_code_address(caller.pc)) return 0;
  if constexpr (Log::kFollowsTails) {
    const std::size_t head = Tails::head_of(pcs.size());
    if (head != pcs.size() && !tails_.stand_aside()) {
      Walk walk{StackReader(caller.sp, stack_), WalkState{caller}};
      WalkEnd end = walk.go_on(rules_, log, pcs, head);
      if (end == WalkEnd::kNone) end = walk_tail(walk, log, pcs);
      return end == WalkEnd::kHardRule ? 0 : walk.depth;
    }
  }
  Walk walk{StackReader(caller.sp, stack_), WalkState{caller}};  // in registers: nothing else sees it
  const WalkEnd end = walk.go_on(rules_, log, pcs, pcs.size());
  return end == WalkEnd::kHardRule ? 0 : walk.depth;
}

template <typename Log>
WalkEnd ThreadUnwinder::walk_tail(Walk& walk, Log& log, std::span<std::uintptr_t> pcs) noexcept {
  const FrameState& frame = walk.state.frame;
  // Above a frame on the thread's own stack everything is mapped.
  Tail* const tail = walk.reader.is_own(frame.sp) ? tails_.place_of(frame, pcs.size()) : nullptr;
  if (tail == nullptr) return walk.go_on(rules_, log, pcs, pcs.size());
  if (tails_.holds(*tail, frame)) {
    log.follow(tail->words(), frame.sp, walk.state.fp_slot);
    walk.depth += tail->copy_to(&pcs[walk.depth]);
    return WalkEnd::kEnd;
  }
  tail->start(frame, stack_.end);
  TailLog both(log, tail->log(), walk.state.fp_slot);
  walk.state.fp_slot = kFpAtStart;
  const std::size_t head = walk.depth;
  const WalkEnd end = walk.go_on(rules_, both, pcs, pcs.size());
  if (end == WalkEnd::kEnd) tail->finish(pcs.subspan(head, walk.depth - head), tails_.key());
  return end;
}

template <typename Log>
std::size_t ThreadUnwinder::walk_logged(const FrameState& caller, UnwindMode mode, Log& log,
                                        std::span<std::uintptr_t> pcs) noexcept {
  if (mode == UnwindMode::kFast) {
    const std::size_t depth = walk_by_rules(caller, log, pcs);
    if (depth != 0) return depth;
  }
  return walk_exactly(caller, stack_, rules_, pcs);
}

std::size_t ThreadUnwinder::walk(const FrameState& caller, UnwindMode mode,
                                 std::span<std::uintptr_t> pcs) noexcept {
  if (mode == UnwindMode::kNone || pcs.empty()) return 0;
  follow_module_changes(caller);
  NoLog log;
  return walk_logged(caller, mode, log, pcs);
}

TraceId ThreadUnwinder::id_of(std::span<const std::uintptr_t> stack, Depot& depot) noexcept {
  const std::uint64_t hash = hash_of_stack(stack) ^ module_history.salt_of(stack);
  if (const TraceId recent = recent_.find(hash)) return recent;
  // Rules were looked up for all frames but the outermost of as many as were wanted.
  if (!stack.empty()) module_history.note(stack.back() - 1, generation_);
  const TraceId id = depot.intern(stack, hash, generation_);
  recent_.note(hash, id);
  return id;
}

TraceId ThreadUnwinder::capture_anew(const FrameState& caller, std::size_t depth, UnwindMode mode,
                                     Depot& depot) noexcept {
  if (mode == UnwindMode::kNone || depth == 0) return 0;
  depth = std::min(depth, kMaxDepth);
  follow_module_changes(caller);
  // Each call of the loader has to be looked at.
  if (mode == UnwindMode::kFast && !loader_.contains(caller.pc)) {
    if (MemoEntry* entry = memo_.miss(caller, depth, generation_))
      return capture_into(*entry, caller, depth, depot);
  }
  std::uintptr_t pcs[kMaxDepth];
  NoLog log;
  const std::size_t found = walk_logged(caller, mode, log, std::span(pcs, depot.depth_for(depth)));
  const std::span stack(pcs, found);
  return id_of(stack, depot);
}

TraceId ThreadUnwinder::capture_into(MemoEntry& entry, const FrameState& caller, std::size_t depth,
                                     Depot& depot) noexcept {
  return stack_.contains(caller.sp) ? capture_own(entry, caller, depth, depot)
                                    : capture_foreign(entry, caller, depth, depot);
}

TraceId ThreadUnwinder::capture_own(MemoEntry& entry, const FrameState& caller, std::size_t depth,
                                    Depot& depot) noexcept {
  bool known = false;
  entry.start(caller, stack_.end);
  const TraceId id = capture_logged(caller, entry, depth, depot, known);
  if (known) entry.finish(id, memo_.key());
  return id;
}

TraceId ThreadUnwinder::capture_foreign(MemoEntry& entry, const FrameState& caller, std::size_t depth,
                                        Depot& depot) noexcept {
  bool known = false;
  ForeignTrace trace(entry, caller);
  const TraceId id = capture_logged(caller, trace, depth, depot, known);
  if (known) trace.finish(id, memo_.key(), has_marked_end(caller, stack_, rules_));
  return id;
}

template <typename Log>
TraceId ThreadUnwinder::capture_logged(const FrameState& caller, Log& log, std::size_t depth, Depot& depot,
                                       bool& known) noexcept {
  std::uintptr_t pcs[kMaxDepth];
  const std::span room(pcs, depot.depth_for(depth));
  std::size_t found = walk_by_rules(caller, log, room);
  known = found != 0;
  if (!known) found = walk_exactly(caller, stack_, rules_, room);
  const TraceId id = id_of(std::span(pcs, found), depot);
  known = known && id != 0;
  return id;
}

}  // namespace padlock::trace
