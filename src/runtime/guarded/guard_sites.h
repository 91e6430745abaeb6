// Which allocations get pages of their own: the first ones of each call site, then ever fewer, as long as the
// time and the memory that they may cost allow.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/units.h"
#include "runtime/guarded/guarded_slot.h"
#include "trace/depot.h"

namespace padlock::runtime {

struct GuardLimits {
  unsigned per_site = 0;           // guarded allocations of a site before it is only sampled; 0: none at all
  std::uint64_t after = 0;         // allocations before the first one
  std::size_t open_bytes = 8_MiB;  // of pages that are open at once
  bool all = false;                // every block, as long as there is memory
  bool any_time = false;           // whatever they cost
  unsigned share = 80;             // otherwise one such part of the time since set_up()
};

/// Thread-safe after set_up(). A site is a stack of the depot, by its id; by its innermost frames once there
/// are many. Times are of the wall clock.
class GuardSites {
 public:
  constexpr GuardSites() noexcept = default;

  void set_up(const GuardLimits& limits) noexcept;

  /// Whether there may ever be guards: false until set_up().
  [[nodiscard]] bool enabled() const noexcept { return limits_.per_site != 0; }
  [[nodiscard]] bool guards_all() const noexcept { return limits_.all; }
  /// Whether they have begun. Its value changes with each time that all sites are to be looked at again: what
  /// remembers stacks forgets them then, so that none goes by unseen. 0: not yet.
  [[nodiscard]] std::uint32_t round() const noexcept { return round_.load(std::memory_order_acquire); }
  /// Whether the first round is due, now that an allocation has this number: begin() or put_off() is called
  /// then.
  [[nodiscard]] bool is_beginning(std::uint64_t number) const noexcept {
    return enabled() && round() == 0 && number > begin_after_.load(std::memory_order_relaxed);
  }
  void begin() noexcept;
  void put_off(std::uint64_t number) noexcept;

  /// Whether the next allocation of the site is one of its first, and may be guarded now.
  [[nodiscard]] bool is_new(trace::TraceId site) noexcept;
  /// The same, or its turn has come otherwise. `number`: of the allocation.
  [[nodiscard]] bool is_due(trace::TraceId site, std::uint64_t number) noexcept;
  /// One is guarded: on which side follows from how many of its site there were, the first one at the back,
  /// the second in front. Where all are, it is the only one there.
  GuardedSide count(trace::TraceId site) noexcept;

  /// How long a round lasts at least, nanoseconds, that begins so long after set_up(): a quarter of that,
  /// within bounds. Sites that were refused are looked at again in the next one.
  [[nodiscard]] static std::int64_t round_after(std::int64_t so_far) noexcept;

  /// Where all are guarded: counts a block, and how many there were, and were not guarded.
  void count_all(bool guarded) noexcept;
  struct Share {
    std::uint64_t blocks = 0;
    std::uint64_t guarded = 0;
  };
  [[nodiscard]] Share share() const noexcept;

  /// When an operation begins, for charge_since(); 0, without a look at the clock, where they may take any
  /// time.
  [[nodiscard]] std::int64_t now() const noexcept;
  /// What an operation has cost.
  void charge_since(std::int64_t begun) noexcept;
  void charge(std::int64_t nanoseconds) noexcept;

 private:
  static constexpr std::size_t kWholeStacks = 32 * 1024;  // sites that have a counter of their own
  static constexpr std::size_t kShared = 32 * 1024;       // counters for all others

  static std::size_t place_of(trace::TraceId site) noexcept;
  [[nodiscard]] bool has_memory() const noexcept;
  [[nodiscard]] bool has_budget() noexcept;
  void look_again_where_due(std::int64_t now) noexcept;

  GuardLimits limits_;
  std::int64_t set_up_at_ = 0;
  std::atomic<std::uint64_t> begin_after_{0};  // this allocation
  std::atomic<std::uint32_t> round_{0};
  std::atomic<std::int64_t> spent_ns_{0};
  std::atomic<std::uint64_t> blocks_{0};    // where all are guarded
  std::atomic<std::uint64_t> left_out_{0};  // of them
  std::atomic<std::uint32_t> unasked_{0};
  std::atomic<bool> refused_{false};  // a site that was new, since the round began
  std::atomic<std::int64_t> next_round_at_{0};
  std::atomic<std::uint8_t> counts_[kWholeStacks + kShared] = {};
};

extern constinit GuardSites guard_sites;

}  // namespace padlock::runtime
