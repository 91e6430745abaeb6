// What has been reported and will be found again: a damaged block is found by every check and once more when
// it is freed, an allocating signal handler each time that it interrupts the allocator. Each is reported
// once.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/fault.h"

namespace padlock::runtime {

/// A set of fixed size; when it is full, faults are reported again. Thread-safe, lock-free.
class ReportedFaults {
 public:
  constexpr ReportedFaults() noexcept = default;

  /// `site`: the return address of the call that found it.
  [[nodiscard]] bool contains(const core::Fault& fault, std::uintptr_t site) const noexcept;
  /// False if it was there already. True for faults that are each an event of its own.
  bool add(const core::Fault& fault, std::uintptr_t site) noexcept;

 private:
  static constexpr std::size_t kSlots = 4096;
  static constexpr std::size_t kProbes = 32;

  std::atomic<std::uint64_t> keys_[kSlots] = {};
};

extern constinit ReportedFaults reported_faults;

}  // namespace padlock::runtime
