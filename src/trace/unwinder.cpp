// The walk by rules, and what stands in front of it and behind it.
#include "trace/unwinder.h"

#include <atomic>

#include "os/process.h"
#include "trace/exact.h"
#include "trace/frame_step.h"

namespace padlock::trace {
namespace {

constinit std::atomic<std::uint32_t> g_generation{0};

// Multiply and fold, a word at a time; the last fold spreads the high bits over the low ones.
std::uint64_t hash_of(std::span<const std::uintptr_t> pcs) noexcept {
  constexpr std::uint64_t kFactor = 0x9fb21c651e98df25U;
  std::uint64_t hash = pcs.size();
  for (const std::uintptr_t pc : pcs) {
    hash = (hash ^ pc) * kFactor;
    hash ^= hash >> 32;
  }
  return hash * kFactor;
}

}  // namespace

void invalidate_rules() noexcept { g_generation.fetch_add(1, std::memory_order_relaxed); }

void ThreadUnwinder::set_stack(os::AddressRange stack) noexcept {
  stack_ = stack;
  loader_ = os::loader_range();
  memo_.clear();
}

// The loader frees what it knew of a module right after it unmapped it, so in its own calls it is seen at it:
// no hook on dlclose is needed. Nobody can have run new code at old addresses before that.
void ThreadUnwinder::follow_module_changes(const FrameState& caller) noexcept {
  if (loader_.contains(caller.pc) && os::loader_is_changing_modules()) [[unlikely]] {
    invalidate_rules();
  }
  const std::uint32_t generation = g_generation.load(std::memory_order_relaxed);
  if (generation != generation_) [[unlikely]] {
    generation_ = generation;
    rules_.set_generation(generation);
  }
}

template <typename Log>
std::size_t ThreadUnwinder::walk_by_rules(const FrameState& caller, Log& log,
                                          std::span<std::uintptr_t> pcs) noexcept {
  StackReader reader(caller.sp, stack_);
  WalkState state{caller};
  std::size_t depth = 0;
  if (!is_code_address(caller.pc)) return 0;
  for (;;) {
    pcs[depth++] = state.frame.pc;
    if (depth == pcs.size()) return depth;
    const UnwindRule& rule = rules_.lookup(state.frame.pc);
    if (!rule.is_simple()) [[unlikely]] {
      return rule.cfa == CfaRule::kEnd ? depth : 0;
    }
    if (!step(rule, reader, log, state)) return depth;
  }
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

TraceId ThreadUnwinder::capture(const FrameState& caller, std::size_t depth, UnwindMode mode,
                                Depot& depot) noexcept {
  if (mode == UnwindMode::kNone || depth == 0) return 0;
  if (depth > kMaxDepth) depth = kMaxDepth;
  follow_module_changes(caller);
  // What the memo remembers may be read again only where it is sure to be mapped.
  if (mode == UnwindMode::kFast && stack_.contains(caller.sp)) {
    if (MemoEntry* entry = memo_.find(caller)) return capture_with_memo(caller, depth, depot, *entry);
  }
  std::uintptr_t pcs[kMaxDepth];
  NoLog log;
  const std::size_t found = walk_logged(caller, mode, log, std::span(pcs, depth));
  return intern(std::span(pcs, found), depot);
}

TraceId ThreadUnwinder::capture_with_memo(const FrameState& caller, std::size_t depth, Depot& depot,
                                          MemoEntry& entry) noexcept {
  const bool hit = entry.matches(caller, depth, generation_);
  memo_.count(hit);
  if (hit) return entry.id();
  std::uintptr_t pcs[kMaxDepth];
  entry.start(caller, stack_.end);
  std::size_t found = walk_by_rules(caller, entry, std::span(pcs, depth));
  const bool by_rules = found != 0;
  if (!by_rules) found = walk_exactly(caller, stack_, rules_, std::span(pcs, depth));
  const TraceId id = intern(std::span(pcs, found), depot);
  if (by_rules && id != 0) entry.finish(id, depth, generation_);
  return id;
}

TraceId ThreadUnwinder::intern(std::span<const std::uintptr_t> pcs, Depot& depot) noexcept {
  const std::uint64_t hash = hash_of(pcs);
  TraceId id = ids_.find(hash);
  if (id == 0) {
    id = depot.intern(pcs, hash);
    ids_.store(hash, id);
  }
  return id;
}

}  // namespace padlock::trace
