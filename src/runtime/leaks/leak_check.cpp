// Around a search: an entry into the allocator, registers that are saved where the search finds them, and
// the report when all other threads run again.
#include "runtime/leaks/leak_check.h"

#include <algorithm>
#include <atomic>

#include "base/arith.h"
#include "os/errno_keeper.h"
#include "runtime/calls/entry.h"
#include "runtime/leaks/leak_report.h"
#include "runtime/leaks/search.h"
#include "runtime/memory/own_memory.h"
#include "runtime/memory/settings.h"
#include "runtime/reporting/notice.h"
#include "runtime/reporting/reporter.h"
#include "runtime/reporting/suppressions.h"

namespace padlock::runtime {
namespace {

constinit std::atomic<bool> checked_for_good{false};

void say_not_possible(const char* problem) noexcept { warn("leak check not possible", problem); }

// Searches until no rule suppresses one of the leaks that are left: what only those blocks lead to that a
// rule suppresses is in use, as they are.
class Check {
 public:
  Check(const trace::FrameState& from, std::uintptr_t stack_pointer, os::Means means) noexcept
      : from_(from), stack_pointer_(stack_pointer), means_(means) {}

  /// Null, or why it was not possible.
  const char* search() noexcept {
    do {
      groups_.drop_all();
      if (const char* const problem = search_once(); problem != nullptr) return problem;
      if (groups_.empty()) return nullptr;
      look_up_names();
    } while (suppress_some());
    return nullptr;
  }

  LeakCheckResult report() noexcept {
    LeakCheckResult result;
    for (const report::LeakGroup& group : groups_) {
      result.blocks += group.blocks;
      result.bytes += group.bytes;
    }
    if (groups_.empty()) return result;
    LeakReport pieces(groups_, names_);
    reporter.report_at_length(pieces);
    return result;
  }

 private:
  const char* search_once() noexcept {
    if (settings.bystander) return "the process uses another malloc";
    const Entry entry(from_, core::Call::kHeapCheck);
    if (!entry.granted()) return "it was asked for inside the allocator";
    return find_leaks(
        entry, {.stack_pointer = stack_pointer_, .exempt_traces = exempt_.items(), .means = means_}, groups_);
  }

  // Later searches find no stacks that the first one did not.
  void look_up_names() noexcept {
    if (has_names_) return;
    has_names_ = true;
    const ActivityScope reporting(Activity::kReporting);
    names_.look_up(groups_);
  }

  bool suppress_some() noexcept {
    if (!suppressions.has("leak")) return false;
    const std::size_t before = exempt_.size();
    for (const report::LeakGroup& group : groups_) {
      names_.fill(group.trace, stack_);
      Suppression* const rule = suppressions.find("leak", stack_);
      if (rule == nullptr || !exempt_.add(group.trace)) continue;
      rule->count.fetch_add(group.blocks, std::memory_order_relaxed);
      rule->bytes.fetch_add(group.bytes, std::memory_order_relaxed);
    }
    std::sort(exempt_.begin(), exempt_.end());
    return exempt_.size() != before;
  }

  const trace::FrameState& from_;
  std::uintptr_t stack_pointer_;
  os::Means means_;
  OwnList<report::LeakGroup> groups_;
  OwnList<std::uint32_t> exempt_;  // stacks, in ascending order
  LeakNames names_;
  bool has_names_ = false;
  report::Stack stack_;
};

// Its frame, and all above, is what the caller's registers were saved in.
[[gnu::noinline]] LeakCheckResult check_below(const trace::FrameState& from, os::Means means) noexcept {
  Check check(from, address_of(__builtin_frame_address(0)), means);
  if (const char* const problem = check.search(); problem != nullptr) {
    say_not_possible(problem);
    return {.possible = false};
  }
  return check.report();
}

}  // namespace

[[gnu::noinline]] LeakCheckResult check_leaks(const trace::FrameState& from, os::Means means) noexcept {
  __builtin_unwind_init();
  const os::ErrnoKeeper keeper;
  const LeakCheckResult result = check_below(from, means);
  // No tail call: this frame holds the registers.
  asm volatile("" : : "r"(&result) : "memory");
  return result;
}

LeakCheckResult check_leaks_at_exit(const trace::FrameState& from) noexcept {
  if (!settings.options.detect_leaks || settings.aside || !memory_is_own()) return {};
  if (checked_for_good.exchange(true)) return {};
  return check_leaks(from, os::Means::kTracingOrSignal);
}

int status_after_leaks(const LeakCheckResult& result) noexcept {
  if (!result.possible) return kStatusNotPossible;
  return result.blocks != 0 ? static_cast<int>(settings.options.leak_exitcode) : 0;
}

}  // namespace padlock::runtime
