// What a leak check has found, as data.
#pragma once

#include <cstdint>
#include <tuple>

namespace padlock::report {

/// Leaked blocks that one stack has allocated.
struct LeakGroup {
  std::uint32_t trace = 0;  // of the allocation; 0: not recorded
  bool direct = false;      // no other block points to them
  std::uint64_t blocks = 0;
  std::uint64_t bytes = 0;  // as requested

  friend bool operator==(const LeakGroup&, const LeakGroup&) = default;
};

struct LeakTotals {
  std::uint64_t blocks = 0;
  std::uint64_t bytes = 0;
  bool any_direct = false;
  bool any_indirect = false;

  friend bool operator==(const LeakTotals&, const LeakTotals&) = default;
};

/// In the order of a report: direct ones first, then by bytes.
inline bool comes_first(const LeakGroup& a, const LeakGroup& b) noexcept {
  return std::tuple(a.direct, a.bytes, b.trace) > std::tuple(b.direct, b.bytes, a.trace);
}

inline LeakTotals& operator+=(LeakTotals& totals, const LeakGroup& group) noexcept {
  totals.blocks += group.blocks;
  totals.bytes += group.bytes;
  (group.direct ? totals.any_direct : totals.any_indirect) = true;
  return totals;
}

}  // namespace padlock::report
