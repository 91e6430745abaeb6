// Counting guarded blocks by site, and their budget.
#include "runtime/guarded/guard_sites.h"

#include <algorithm>
#include <bit>

#include "base/random.h"
#include "os/clock.h"
#include "os/confined.h"
#include "runtime/guarded/guarded_blocks.h"
#include "runtime/memory/settings.h"

namespace padlock::runtime {

constinit GuardSites guard_sites;

namespace {

constexpr std::size_t kInnermost = 4;            // frames that make a site once there are many
constexpr std::int64_t kMostSaved = 20'000'000;  // nanoseconds that may be spent at once
constexpr std::uint32_t kUnasked = 16;           // times that nobody looks at the clock after it has refused
constexpr std::uint8_t kMostCounted = 40;        // halvings
// Nanoseconds of a round.
constexpr std::int64_t kShortestRound = 100'000'000;
constexpr std::int64_t kLongestRound = 2'000'000'000;

}  // namespace

void GuardSites::set_up(const GuardLimits& limits) noexcept {
  set_up_at_ = os::monotonic_ns();
  begin_after_.store(limits.after, std::memory_order_relaxed);
  limits_ = limits;
}

void GuardSites::begin() noexcept {
  next_round_at_.store(os::monotonic_ns() + kShortestRound, std::memory_order_relaxed);
  std::uint32_t none = 0;
  round_.compare_exchange_strong(none, 1, std::memory_order_release, std::memory_order_relaxed);
}

void GuardSites::put_off(std::uint64_t number) noexcept {
  constexpr std::uint64_t kWhile = 100'000;  // allocations
  begin_after_.store(number + kWhile, std::memory_order_relaxed);
}

std::size_t GuardSites::place_of(trace::TraceId site) noexcept {
  if (site < kWholeStacks) return site;
  std::uintptr_t frames[kInnermost] = {};
  trace_depot.fetch(site, frames);
  std::uint64_t hash{};
  for (const std::uintptr_t frame : frames) hash = mix64(hash ^ frame);
  return kWholeStacks + hash % kShared;
}

bool GuardSites::has_memory() const noexcept {
  return guarded_blocks.open_bytes() < limits_.open_bytes && !os::is_confined();
}

// Time that was not used is kept, but not much of it: a burst would be felt.
bool GuardSites::has_budget() noexcept {
  if (!has_memory()) return false;
  if (limits_.any_time) return true;
  if (const std::uint32_t left = unasked_.load(std::memory_order_relaxed); left != 0) {
    unasked_.store(left - 1, std::memory_order_relaxed);
    return false;
  }
  const std::int64_t now = os::monotonic_ns();
  const std::int64_t allowed = (now - set_up_at_) / limits_.share;
  const std::int64_t spent = spent_ns_.load(std::memory_order_relaxed);
  if (spent >= allowed) {
    unasked_.store(kUnasked, std::memory_order_relaxed);
    return false;
  }
  const std::int64_t least = allowed - kMostSaved;
  if (spent < least) spent_ns_.store(least, std::memory_order_relaxed);
  look_again_where_due(now);
  return true;
}

std::int64_t GuardSites::round_after(std::int64_t so_far) noexcept {
  return std::clamp(so_far / 4, kShortestRound, kLongestRound);
}

// Sites that there was no budget for are known to every thread by now.
void GuardSites::look_again_where_due(std::int64_t now) noexcept {
  if (!refused_.load(std::memory_order_relaxed)) return;
  std::int64_t due = next_round_at_.load(std::memory_order_relaxed);
  if (now < due) return;
  const std::int64_t next = now + round_after(now - set_up_at_);
  if (!next_round_at_.compare_exchange_strong(due, next, std::memory_order_relaxed)) return;
  refused_.store(false, std::memory_order_relaxed);
  round_.fetch_add(1, std::memory_order_release);
}

bool GuardSites::is_new(trace::TraceId site) noexcept {
  if (limits_.all) return round() != 0 && has_memory();
  if (site == 0 || round() == 0) return false;
  if (counts_[place_of(site)].load(std::memory_order_relaxed) >= limits_.per_site) return false;
  if (has_budget()) return true;
  refused_.store(true, std::memory_order_relaxed);
  return false;
}

// Half as likely each time.
bool GuardSites::is_due(trace::TraceId site, std::uint64_t number) noexcept {
  if (limits_.all) return round() != 0 && has_memory();
  if (site == 0 || round() == 0) return false;
  const std::uint8_t count = counts_[place_of(site)].load(std::memory_order_relaxed);
  if (count < limits_.per_site) return is_new(site);
  const unsigned halvings = count - limits_.per_site + 1;
  const int chance = std::countr_zero(mix64(number ^ settings.keys.seal));
  return static_cast<unsigned>(chance) >= halvings && has_budget();
}

GuardedSide GuardSites::count(trace::TraceId site) noexcept {
  std::atomic<std::uint8_t>& counter = counts_[place_of(site)];
  const std::uint8_t before = counter.load(std::memory_order_relaxed);
  if (before < kMostCounted) counter.store(before + 1, std::memory_order_relaxed);
  // Where it is to be seen in every block, an overflow: most bugs are.
  if (limits_.all) return before == 1 ? GuardedSide::kFront : GuardedSide::kBack;
  return before % 2 == 0 ? GuardedSide::kBack : GuardedSide::kFront;
}

void GuardSites::count_all(bool guarded) noexcept {
  blocks_.fetch_add(1, std::memory_order_relaxed);
  if (!guarded) left_out_.fetch_add(1, std::memory_order_relaxed);
}

GuardSites::Share GuardSites::share() const noexcept {
  const std::uint64_t blocks = blocks_.load(std::memory_order_relaxed);
  return {blocks, blocks - left_out_.load(std::memory_order_relaxed)};
}

std::int64_t GuardSites::now() const noexcept {
  return limits_.all || limits_.any_time ? 0 : os::monotonic_ns();
}

void GuardSites::charge_since(std::int64_t begun) noexcept {
  if (begun != 0) charge(os::monotonic_ns() - begun);
}

void GuardSites::charge(std::int64_t nanoseconds) noexcept {
  spent_ns_.fetch_add(nanoseconds, std::memory_order_relaxed);
}

}  // namespace padlock::runtime
