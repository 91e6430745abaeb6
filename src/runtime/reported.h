// Damage that has been reported: a damaged block is found by every check and once more when it is freed, but
// reported once.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/fault.h"

namespace padlock::runtime {

/// A set of fixed size; when it is full, damage is reported again. Thread-safe, lock-free.
class ReportedDamage {
 public:
  constexpr ReportedDamage() noexcept = default;

  [[nodiscard]] bool contains(const core::Fault& fault) const noexcept;
  /// False if it was there already. True for faults that are no damage: each is an event of its own.
  bool add(const core::Fault& fault) noexcept;

 private:
  static constexpr std::size_t kSlots = 4096;
  static constexpr std::size_t kProbes = 32;

  std::atomic<std::uint64_t> keys_[kSlots] = {};
};

extern constinit ReportedDamage reported_damage;

}  // namespace padlock::runtime
