// Stops the world, checks each holder of blocks, and decides when that is due; and where a debugger breaks.
#include "runtime/calls/checks.h"

#include <algorithm>

#include "os/errno_keeper.h"
#include "os/relocation.h"
#include "os/signal_action.h"
#include "padlock/padlock.h"
#include "runtime/calls/entry.h"
#include "runtime/holders/each_holder.h"
#include "runtime/holders/pool_pieces.h"
#include "runtime/memory/numbers.h"
#include "runtime/memory/pool_marks.h"
#include "runtime/pinpoint/allocation_log.h"
#include "runtime/pinpoint/watch.h"
#include "runtime/pinpoint/watched_site.h"
#include "runtime/reporting/reported.h"
#include "runtime/reporting/reporter.h"
#include "runtime/threads/thread_registry.h"
#include "runtime/threads/world.h"

// Of the edge, for debuggers; absent where the runtime is linked without it.
#pragma weak padlock_allocation_reached

namespace padlock::runtime {

constinit std::atomic<bool> work_after_allocation{true};

namespace {

constinit std::atomic<bool> check_wanted{false};
constinit std::atomic<std::uint64_t> counted{0};
constinit std::atomic<std::size_t> known_at_last{0};

// Passes on what has not been reported yet, as far as there is room for it, and counts.
class NewFaults final : public core::FaultSink {
 public:
  explicit NewFaults(FaultList& list) noexcept : list_(list) {}
  void on_fault(const core::Fault& fault) override {
    if (reported_faults.contains(fault, 0)) {
      ++found_.known;
    } else {
      ++found_.fresh;
      if (!list_.keep(fault)) ++left_;
    }
  }
  [[nodiscard]] HeapFaults found() const noexcept { return found_; }
  /// New ones for which there was no room.
  [[nodiscard]] std::size_t left() const noexcept { return left_; }

 private:
  FaultList& list_;
  HeapFaults found_;
  std::size_t left_ = 0;
};

// `check(sink)` verifies one part of the heap; it is repeated while it finds more new faults than fit a
// list and these can be remembered. Reports are written while the world goes on. False where it was left out.
template <typename Check>
bool check_part(const Entry& entry, const trace::FrameState& from, HeapFaults& all, Check check) noexcept {
  HeapFaults found;          // by the last round
  std::size_t reported = 0;  // by those before it: known to the last one
  std::size_t in_round = 0;
  std::size_t left = 0;
  bool remembered;
  do {
    reported += in_round;
    in_round = 0;
    remembered = false;
    {
      const StoppedWorld world_stands;
      if (!world_stands.stopped()) return false;
      NewFaults sink(entry.faults());
      check(sink);
      found = sink.found();
      left = sink.left();
    }
    const Outside unlocked(Activity::kReporting);
    core::Fault fault;
    for (; entry.faults().take(fault); ++in_round) {
      fault.call = entry.call();
      reporter.report(fault, from);
      remembered |= reported_faults.contains(fault, from.pc);
    }
  } while (left != 0 && remembered);
  reporter.count_lost(left);
  all.fresh += found.fresh + reported;
  all.known += found.known - std::min(found.known, reported);
  return true;
}

// Of pools, whose damage is mended as it is found. False where it was left out.
bool check_pools(const Entry& entry, const trace::FrameState& from, HeapFaults& all, core::Moment moment,
                 std::uint16_t first_thread) noexcept {
  for (bool whole = false; !whole;) {
    {
      const StoppedWorld world_stands;
      if (!world_stands.stopped()) return false;
      whole = verify_all_pieces(moment, entry.faults(), first_thread);
    }
    const Outside unlocked(Activity::kReporting);
    core::Fault fault;
    for (; entry.faults().take(fault); ++all.fresh) {
      fault.call = entry.call();
      reporter.report(fault, from);
    }
  }
  return true;
}

// An option looks at every allocation, or has all of them take the long way.
bool is_work_steady() noexcept {
  if (settings.options.guard_all || allocation_log.is_on()) return true;
  return settings.options.check_interval != 0 || settings.options.break_on_allocation != 0;
}

// Clears the work flag before the request, so a signal in between sets it again. Where a signal handler has
// interrupted the allocator, it is for another call to do.
void check_as_wanted(const trace::FrameState& from) noexcept {
  if (!thread_slot.is_idle()) return;
  if (!is_work_steady()) work_after_allocation.store(false, std::memory_order_relaxed);
  if (check_wanted.exchange(false, std::memory_order_acq_rel)) check_heap(core::Moment::kCheck, from);
}

void count_for_check(const trace::FrameState& from) noexcept {
  const auto interval = static_cast<std::uint64_t>(settings.options.check_interval);
  if (counted.fetch_add(1, std::memory_order_relaxed) % interval == interval - 1) {
    check_heap(core::Moment::kCheck, from);
  }
}

// The number is the one that the thread took last.
void break_where_wanted(const void* memory) noexcept {
  const auto wanted = static_cast<std::uint64_t>(settings.options.break_on_allocation);
  const ThreadState* const state = thread_slot.state;
  if (state == nullptr || state->numbers.next != wanted + 1 || padlock_allocation_reached == nullptr) return;
  padlock_allocation_reached(memory, wanted);
}

// What a forked child has not touched is its parent's to check.
std::uint16_t first_thread_of_last_check() noexcept {
  return settings.check_inherited_at_exit ? 0 : thread_registry.first_own();
}

core::Call call_of(core::Moment moment) noexcept {
  if (moment == core::Moment::kExit) return core::Call::kExitCheck;
  return moment == core::Moment::kEnd ? core::Call::kLastCheck : core::Call::kHeapCheck;
}

void on_signal(int) {
  check_wanted.store(true, std::memory_order_relaxed);
  work_after_allocation.store(true, std::memory_order_release);
  if (thread_slot.is_idle()) check_as_wanted(PADLOCK_CALLER_STATE());
}

}  // namespace

HeapFaults check_heap(core::Moment moment, const trace::FrameState& from) noexcept {
  const os::ErrnoKeeper keeper;
  const Entry entry(from, call_of(moment));
  if (!entry.granted()) return {};
  const std::uint64_t begun =
      number_source.latest(thread_slot.state == nullptr ? NumberBatch{0, 0} : thread_slot.state->numbers);
  HeapFaults found;
  bool whole = true;
  const std::uint16_t first_thread = moment == core::Moment::kCheck ? 0 : first_thread_of_last_check();
  for_each_holder([&](auto& holder) {
    whole &= check_part(entry, from, found,
                        [&](core::FaultSink& sink) { holder.check(moment, sink, first_thread); });
  });
  if (pool_marks.in_use()) whole &= check_pools(entry, from, found, moment, first_thread);
  if (whole) number_source.note_checked(begun);
  known_at_last.store(found.known, std::memory_order_relaxed);
  return found;
}

std::size_t known_faults() noexcept { return known_at_last.load(std::memory_order_relaxed); }

void check_after_allocation(const void* memory, const trace::FrameState& from) noexcept {
  if (!os::is_relocated()) return;
  if (watched_site.is_on()) begin_watching(memory);
  if (settings.options.break_on_allocation != 0) break_where_wanted(memory);
  if (settings.options.check_interval != 0) count_for_check(from);
  check_as_wanted(from);
}

void set_up_checks() noexcept {
  work_after_allocation.store(!settings.aside && is_work_steady(), std::memory_order_relaxed);
  if (settings.aside) return;
  if (!settings.options.check_on_signal) return;
  os::SignalAction action;
  action.handler = reinterpret_cast<std::uintptr_t>(&on_signal);
  action.flags = SA_RESTART | SA_ONSTACK;
  os::change_signal_action(SIGUSR2, &action, nullptr);
}

}  // namespace padlock::runtime
