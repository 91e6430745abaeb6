// How much idle memory is not needed: as much as stayed idle during a whole period.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <utility>

#include "base/units.h"

namespace padlock::runtime {

/// Not thread-safe.
class IdleWatch {
 public:
  /// Less is not worth what giving it back costs.
  static constexpr std::size_t kWorthwhile = 8_MiB;  // bytes

  /// To be asked often, at `now` of a clock that only goes forward: the minimum of `waiting` observed
  /// over the last `period`. 0 while that goes on, and where they are too few.
  std::size_t idle(std::int64_t now, std::int64_t period, std::size_t waiting) noexcept {
    least_ = std::min(least_, waiting);
    if (now - begun_ < period) return 0;
    begun_ = now;
    const std::size_t all_through = std::exchange(least_, waiting);
    return all_through >= kWorthwhile ? all_through : 0;
  }

 private:
  std::int64_t begun_ = 0;  // of the period
  std::size_t least_ = 0;   // that waited since: of the first period nothing is known
};

}  // namespace padlock::runtime
