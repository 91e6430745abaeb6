// How many of the kernel's mappings large blocks may cost. The process has a limit of them, vm.max_map_count
// (65530 by default), and where it is reached, the program's own mmap and pthread_create fail.
#pragma once

#include <atomic>
#include <cstddef>

namespace padlock::runtime {

/// Counts what blocks cost at most beyond a plain mapping: plain neighbours are one mapping to the kernel.
/// Thread-safe after set_limit().
class MapBudget {
 public:
  constexpr MapBudget() noexcept = default;

  /// `mappings`: of the whole process. Half of them are the program's.
  void set_limit(std::size_t mappings) noexcept { most_ = mappings / 2; }

  /// Counts `mappings` in, or returns false where they are too many.
  bool take(std::size_t mappings) noexcept { return take_below(most_, mappings); }
  /// The same, for what is cheaper in time but costs more mappings: as long as few are in use.
  bool take_where_roomy(std::size_t mappings) noexcept { return take_below(most_ / 4, mappings); }
  /// For what cannot do without.
  void take_anyway(std::size_t mappings) noexcept { used_.fetch_add(mappings, std::memory_order_relaxed); }
  void give_back(std::size_t mappings) noexcept { used_.fetch_sub(mappings, std::memory_order_relaxed); }

  /// How many large blocks there may be, as holes between them cost mappings too.
  [[nodiscard]] std::size_t most_blocks() const noexcept { return 2 * most_; }
  [[nodiscard]] std::size_t used() const noexcept { return used_.load(std::memory_order_relaxed); }

 private:
  bool take_below(std::size_t most, std::size_t mappings) noexcept {
    const std::size_t before = used_.fetch_add(mappings, std::memory_order_relaxed);
    if (before + mappings <= most) return true;
    give_back(mappings);
    return false;
  }

  static constexpr std::size_t kUsualLimit = 65530;
  std::atomic<std::size_t> used_{0};
  std::size_t most_ = kUsualLimit / 2;
};

extern constinit MapBudget map_budget;

/// vm.max_map_count, which that file says, or what it usually is where that cannot be read.
std::size_t most_mappings(const char* path = "/proc/sys/vm/max_map_count") noexcept;

}  // namespace padlock::runtime
