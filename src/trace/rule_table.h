// One thread's unwind rules, by return address.
#pragma once

#include <cstddef>
#include <cstdint>

#include "trace/unwind_rule.h"

namespace padlock::trace {

/// A rule is at its index or, where two contend for that, at the one beside it. Zero-initialized memory is a
/// valid empty table. A few hundred to a few thousand rules serve a whole
/// program.
class RuleTable {
 public:
  static constexpr unsigned kBits = 12;

  /// The rule of a return address below 2^47; found first if it is not here. Good until the next call.
  const UnwindRule& lookup(std::uintptr_t pc) noexcept {
    const std::size_t at = index(pc);
    const std::uint64_t key = pc | tag_;
    if (rules_[at].key == key) [[likely]]
      return rules_[at];
    return lookup_elsewhere(at, pc, key);
  }

  /// Rules of another generation no longer match, without touching them.
  void set_generation(std::uint32_t generation) noexcept;

 private:
  // A walk waits for this, so no multiplication.
  static std::size_t index(std::uintptr_t pc) noexcept {
    return (pc ^ pc >> kBits) % (std::size_t{1} << kBits);
  }
  const UnwindRule& lookup_elsewhere(std::size_t at, std::uintptr_t pc, std::uint64_t key) noexcept;

  std::uint32_t generation_;
  std::uint64_t tag_;  // the low bits of the generation, above every address
  UnwindRule rules_[std::size_t{1} << kBits];
};

}  // namespace padlock::trace
