// The faults of one operation, kept until its lock is released: reporting them takes time and may call the
// program.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/fault.h"

namespace padlock::runtime {

/// Of all lists together: how many faults have ever been kept, and of how many of them the reports are
/// finished. What ends the process waits for these. Async-signal-safe.
class ListedFaults {
 public:
  constexpr ListedFaults() noexcept = default;
  [[nodiscard]] std::uint64_t kept() const noexcept { return kept_.load(std::memory_order_acquire); }
  [[nodiscard]] std::uint64_t finished() const noexcept { return finished_.load(std::memory_order_acquire); }
  void note_kept() noexcept { kept_.fetch_add(1, std::memory_order_release); }
  void note_finished() noexcept { finished_.fetch_add(1, std::memory_order_release); }
  /// In a forked child: those of other threads are the parent's to report.
  void reset_after_fork() noexcept {
    kept_.store(0, std::memory_order_relaxed);
    finished_.store(0, std::memory_order_relaxed);
  }

 private:
  std::atomic<std::uint64_t> kept_{0};
  std::atomic<std::uint64_t> finished_{0};
};

extern constinit ListedFaults listed_faults;

/// In the order in which they were found. Grows into memory of its own, so that none is lost that a call
/// comes across: what it repairs or puts aside nobody finds again. Not thread-safe; async-signal-safe.
class FaultList final : public core::FaultSink {
 public:
  /// Without more memory.
  static constexpr std::size_t kCapacity = 8;
  /// Tens of megabytes: more damage than anybody reads of.
  static constexpr std::size_t kMost = std::size_t{1} << 16;

  FaultList() noexcept = default;
  FaultList(const FaultList&) = delete;
  FaultList& operator=(const FaultList&) = delete;

  /// What there is no room for is counted (take_lost()).
  void on_fault(const core::Fault& fault) override {
    if (!keep(fault)) ++lost_;
  }
  /// For a caller that can find the fault again: false where there is no room for it, and then it is not
  /// counted.
  [[nodiscard]] bool keep(const core::Fault& fault) noexcept;

  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  /// Whether there is no room for one more, and none to be had: a caller that can leaves the rest of the
  /// damage as it is, for a later call.
  [[nodiscard]] bool full() noexcept { return first_ + size_ == capacity_ && !make_room(); }

  /// Takes the oldest out; false if there is none. The caller has finished with the one that it took before.
  bool take(core::Fault& fault) noexcept;

  /// How many there was no room for since the last call.
  std::uint64_t take_lost() noexcept {
    const std::uint64_t lost = lost_;
    lost_ = 0;
    return lost;
  }

 private:
  [[nodiscard]] core::Fault* all() noexcept { return more_ != nullptr ? more_ : faults_; }
  [[nodiscard]] bool make_room() noexcept;

  core::Fault faults_[kCapacity];
  std::size_t size_ = 0;
  std::size_t first_ = 0;  // what is before it has been taken out
  std::size_t capacity_ = kCapacity;
  core::Fault* more_ = nullptr;  // all of them, once they are too many
  std::uint64_t lost_ = 0;
  bool reporting_ = false;  // the one that was taken out last
};

}  // namespace padlock::runtime
