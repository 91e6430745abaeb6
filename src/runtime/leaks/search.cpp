// The order of the steps: the loader's lock first, under which others allocate; then the allocator's doors;
// then the threads themselves.
#include "runtime/leaks/search.h"

#include <algorithm>

#include "base/range.h"
#include "core/block/header.h"
#include "core/examine/examiner.h"
#include "os/frozen_threads.h"
#include "os/process.h"
#include "os/signals_blocked.h"
#include "os/writable_data.h"
#include "runtime/holders/each_holder.h"
#include "runtime/leaks/exemptions.h"
#include "runtime/leaks/live_blocks.h"
#include "runtime/leaks/mark.h"
#include "runtime/leaks/process_memory.h"
#include "runtime/leaks/roots.h"
#include "runtime/memory/pool_marks.h"
#include "runtime/memory/settings.h"
#include "runtime/threads/thread_registry.h"
#include "runtime/threads/world.h"

namespace padlock::runtime {
namespace {

constexpr const char* kNoMemory = "the system has no memory for it";

class Counter final : public core::BlockVisitor {
 public:
  void visit(const core::BlockSnapshot& block) override {
    count_ += block.state == core::BlockState::kLive ? 1 : 0;
  }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }

 private:
  std::size_t count_ = 0;
};

// A block with a damaged header is in use: what it says cannot be believed.
class Collector final : public core::BlockVisitor {
 public:
  explicit Collector(LiveBlocks& blocks) noexcept : blocks_(blocks) {}

  void visit(const core::BlockSnapshot& block) override PADLOCK_UNCHECKED_LOCKING {
    if (block.state != core::BlockState::kLive) return;
    LiveBlock live;
    live.begin = block.user;
    live.size = block.sealed ? block.requested : block.block_size - (block.user - block.header);
    live.trace = block.alloc_trace;
    live.thread = block.alloc_thread;
    live.is_root =
        !block.sealed || is_inherited(block) || exemptions.is_excluded(block.alloc_thread, block.number);
    live.has_poison = block.sealed && has_poison(block);
    complete_ &= blocks_.add(live);
  }
  [[nodiscard]] bool complete() const noexcept { return complete_; }

 private:
  static bool has_poison(const core::BlockSnapshot& block) noexcept {
    const AddressRange data{block.user, block.user + block.requested};
    return pool_marks.in_use() && pool_marks.first_poisoned(block.user, block.number, data) != data.end;
  }
  // In a forked child: the parent reports its own leaks, and threads that may have pointed to a block are
  // gone.
  static bool is_inherited(const core::BlockSnapshot& block) noexcept {
    return block.alloc_thread < thread_registry.first_own() && !settings.check_inherited_at_exit;
  }

  LiveBlocks& blocks_;
  bool complete_ = true;
};

class Search {
 public:
  Search(const LeakSearch& wanted, OwnList<report::LeakGroup>& groups) noexcept
      : wanted_(wanted), groups_(groups) {}

  static void run(void* search) { static_cast<Search*>(search)->run(); }
  [[nodiscard]] const char* problem() const noexcept { return problem_; }

 private:
  void run() noexcept {
    if (!modules_.gather()) {
      problem_ = kNoMemory;
      return;
    }
    const StoppedWorld world_stands;
    if (!world_stands.stopped()) {
      problem_ = "a thread does not come out of the allocator";
      return;
    }
    const os::LockGuard guard(exemptions.lock());
    problem_ = collect_blocks() ? mark_frozen() : kNoMemory;
  }

  bool collect_blocks() noexcept PADLOCK_REQUIRES(exemptions.lock()) {
    exemptions.sort();
    Counter counter;
    for_each_holder([&](auto& holder) { holder.walk(counter); });
    if (!blocks_.reserve(counter.count())) return false;
    Collector collector(blocks_);
    for_each_holder([&](auto& holder) { holder.walk(collector); });
    return collector.complete() && blocks_.seal();
  }

  const char* mark_frozen() noexcept PADLOCK_REQUIRES(exemptions.lock()) {
    Marker marker(blocks_, memory_);
    if (!marker.prepare()) return kNoMemory;
    const os::FrozenThreads frozen(wanted_.means);
    if (frozen.problem() != nullptr) return frozen.problem();
    if (!memory_.read()) return "/proc/thread-self/maps cannot be read";
    RootScan roots(marker, blocks_, memory_, modules_);
    roots.scan_modules();
    roots.scan_caller(wanted_.stack_pointer);
    for (const os::FrozenThread& thread : frozen.threads()) roots.scan(thread);
    exemptions.for_each_root([&](const AddressRange& root) { marker.mark_from(root); });
    mark_exempt(marker);
    marker.mark_leaked();
    return collect_groups() ? nullptr : kNoMemory;
  }

  void mark_exempt(Marker& marker) noexcept {
    for (std::uint32_t i = 0; i < blocks_.size(); ++i) {
      if (blocks_[i].is_root) marker.mark_block(i);
    }
    for (std::uint32_t i = 0; i < blocks_.size(); ++i) {
      if (blocks_[i].reach == Reach::kNothing && is_exempt(blocks_[i].trace)) marker.mark_block(i);
    }
  }

  // What the loader allocates it keeps in places that nothing tells of: blocks of thread-local data, the
  // texts of its errors.
  bool is_exempt(std::uint32_t trace) noexcept {
    if (trace == last_trace_) return last_is_exempt_;
    std::uintptr_t caller[1] = {};
    const bool known = trace_depot.fetch(trace, caller) != 0;
    const bool own = settings.own_code.contains(caller[0] - 1) || loader_.contains(caller[0] - 1);
    last_trace_ = trace;
    last_is_exempt_ = (known && own) || std::ranges::binary_search(wanted_.exempt_traces, trace);
    return last_is_exempt_;
  }

  bool collect_groups() noexcept {
    for (const LiveBlock& block : blocks_.all()) {
      if (block.reach == Reach::kRoot) continue;
      if (!groups_.add({block.trace, block.reach == Reach::kNothing, 1, block.size})) return false;
    }
    const auto same = [](const report::LeakGroup& a, const report::LeakGroup& b) {
      return a.trace == b.trace && a.direct == b.direct;
    };
    std::sort(groups_.begin(), groups_.end(), [](const report::LeakGroup& a, const report::LeakGroup& b) {
      return a.trace != b.trace ? a.trace < b.trace : a.direct < b.direct;
    });
    std::size_t count = 0;
    for (const report::LeakGroup& group : groups_) {
      if (count != 0 && same(groups_[count - 1], group)) {
        groups_[count - 1].blocks += group.blocks;
        groups_[count - 1].bytes += group.bytes;
      } else {
        groups_[count++] = group;
      }
    }
    groups_.drop_from(count);
    std::sort(groups_.begin(), groups_.end(), report::comes_first);
    return true;
  }

  const LeakSearch& wanted_;
  OwnList<report::LeakGroup>& groups_;
  const AddressRange loader_ = os::loader_range();
  ModuleData modules_;
  LiveBlocks blocks_;
  ProcessMemory memory_;
  std::uint32_t last_trace_ = 0;
  bool last_is_exempt_ = false;
  const char* problem_ = nullptr;
};

}  // namespace

const char* find_leaks(const Entry& /*inside*/, const LeakSearch& wanted,
                       OwnList<report::LeakGroup>& groups) noexcept {
  const os::SignalsBlocked quiet;
  Search search(wanted, groups);
  os::with_steady_modules(Search::run, &search);
  return search.problem();
}

}  // namespace padlock::runtime
