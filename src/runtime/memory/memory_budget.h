// How much memory Padlock has taken from the system for blocks, and how much it may take. Thread-safe.
#pragma once

#include <atomic>
#include <cstddef>

namespace padlock::runtime {

class MemoryBudget {
 public:
  constexpr MemoryBudget() noexcept = default;

  /// 0: no limit.
  void set_limit(std::size_t bytes) noexcept { limit_ = bytes; }

  /// Counts `bytes` in, or returns false if they would pass the limit.
  bool take(std::size_t bytes) noexcept {
    const std::size_t before = used_.fetch_add(bytes, std::memory_order_relaxed);
    if (limit_ == 0 || before + bytes <= limit_) return true;
    give_back(bytes);
    return false;
  }
  void give_back(std::size_t bytes) noexcept { used_.fetch_sub(bytes, std::memory_order_relaxed); }

  [[nodiscard]] std::size_t used() const noexcept { return used_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::size_t> used_{0};
  std::size_t limit_ = 0;
};

extern constinit MemoryBudget memory_budget __attribute__((visibility("hidden")));

}  // namespace padlock::runtime
