// Allocation numbers: every allocation of the process has its own. Threads take them in batches, so that they
// do not share a counter on the common path.
#pragma once

#include <atomic>
#include <cstdint>

namespace padlock::runtime {

/// One thread's share. Zeroed memory is an empty one.
struct NumberBatch {
  std::uint64_t next;
  std::uint64_t end;
};

class NumberSource {
 public:
  static constexpr std::uint64_t kBatch = 256;

  constexpr NumberSource() noexcept = default;

  std::uint64_t take(NumberBatch& batch) noexcept {
    if (batch.next == batch.end) [[unlikely]] {
      batch.next = given_.fetch_add(kBatch, std::memory_order_relaxed) + 1;
      batch.end = batch.next + kBatch;
    }
    return batch.next++;
  }

  /// The number that was taken last, by a call that allocates nothing after all or begins anew.
  static void give_back(NumberBatch& batch) noexcept { --batch.next; }

  /// The number of the latest allocation when the last check of the whole heap began; 0: there was none.
  [[nodiscard]] std::uint64_t last_checked() const noexcept {
    return checked_.load(std::memory_order_relaxed);
  }
  void note_checked(std::uint64_t number) noexcept { checked_.store(number, std::memory_order_relaxed); }

  /// No allocation has a greater number.
  [[nodiscard]] std::uint64_t upper_bound() const noexcept { return given_.load(std::memory_order_relaxed); }

  /// The number of the latest allocation as far as `batch`'s owner knows it: exact while no other thread
  /// allocates, otherwise an upper bound.
  [[nodiscard]] std::uint64_t latest(const NumberBatch& batch) const noexcept {
    const std::uint64_t given = given_.load(std::memory_order_relaxed);
    return batch.end == given + 1 ? batch.next - 1 : given;
  }

 private:
  std::atomic<std::uint64_t> given_{0};
  std::atomic<std::uint64_t> checked_{0};
};

extern constinit NumberSource number_source;

}  // namespace padlock::runtime
