// Faults that come again and again from the same place. Each is reported once and then counted.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/text.h"
#include "core/fault.h"

namespace padlock::runtime {

/// A table of fixed size; what does not fit is reported each time. Not thread-safe: the reporter's turn
/// protects it.
class Repeats {
 public:
  constexpr Repeats() noexcept = default;

  /// Whether a fault of this kind was found by a call that returns to `site`: if not, it is new, and nobody
  /// needs to unwind the stack to know that.
  [[nodiscard]] bool knows_site(core::FaultKind kind, std::uintptr_t site) const noexcept;

  /// Counts the fault if one of the same kind, found by the same stack, of a block that was allocated by the
  /// same stack, was reported before.
  bool count(const core::Fault& fault, std::span<const std::uintptr_t> found_by) noexcept;
  /// It has been reported; `place`: where it was found, in words.
  void add(const core::Fault& fault, std::span<const std::uintptr_t> found_by,
           std::string_view place) noexcept;

  /// A line for each place from where faults were counted; forgets the counts.
  void describe(std::int32_t process, TextWriter& out) noexcept;
  /// In a forked child, which has reported nothing yet.
  void clear() noexcept;

 private:
  struct Place {
    std::uint64_t key = 0;  // 0: unused
    std::uint64_t times = 0;
    std::uintptr_t site = 0;
    core::FaultKind kind = core::FaultKind::kNone;
    char words[160] = {};
  };
  static constexpr std::size_t kCapacity = 512;

  Place* find(std::uint64_t key) noexcept;

  std::size_t size_ = 0;
  Place places_[kCapacity] = {};
};

}  // namespace padlock::runtime
