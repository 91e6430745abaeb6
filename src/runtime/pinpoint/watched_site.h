// Which allocations are watched: the one, or all, of a call site that an earlier run of the program named.
#pragma once

#include <atomic>
#include <cstdint>
#include <string_view>

#include "core/config.h"
#include "runtime/guarded/guarded_slot.h"
#include "trace/depot.h"

namespace padlock::runtime {

/// Thread-safe after set_up().
class WatchedSite {
 public:
  constexpr WatchedSite() noexcept = default;

  /// "SITE:ORDINAL:SIDE": in hexadecimal; in decimal, 0 for every block of the site; front or back. False,
  /// and nothing is watched, where it is none of that.
  bool set_up(std::string_view text) noexcept;
  [[nodiscard]] bool is_on() const noexcept { return site_ != 0; }
  [[nodiscard]] GuardedSide side() const noexcept { return side_; }

  /// Once for each allocation, before it is made.
  void count(const core::Caller& by) noexcept;
  /// Whether this is one to be watched, of those that were counted.
  [[nodiscard]] bool takes(const core::Caller& by) noexcept;

 private:
  static constexpr std::size_t kKnown = 4096;  // stacks, by their ids

  [[nodiscard]] bool is_of_site(trace::TraceId trace) noexcept;

  std::uint64_t site_ = 0;
  std::uint64_t ordinal_ = 0;
  GuardedSide side_ = GuardedSide::kBack;
  std::atomic<std::uint64_t> counted_{0};
  std::atomic<std::uint64_t> number_{0};  // of the allocation that it is
  std::atomic<std::uint64_t> known_[kKnown] = {};
};

extern constinit WatchedSite watched_site;

}  // namespace padlock::runtime
