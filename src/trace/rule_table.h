// One thread's unwind rules, by return address.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/units.h"
#include "trace/unwind_rule.h"

namespace padlock::trace {

/// A rule is at its index or, where two contend for that, at the one beside it. Zero-initialized memory is a
/// valid empty table. A few hundred to a few thousand rules serve most programs, and only a part of the table
/// is used; a compiler, which needs tens of thousands, soon has all of it.
class RuleTable {
 public:
  /// The rule of a return address below 2^47; found first if it is not here. Good until the next call.
  const UnwindRule& lookup(std::uintptr_t pc) noexcept {
    UnwindRule& rule = place_of(pc);
    const std::uint64_t key = pc | tag_;
    if (rule.key == key) [[likely]]
      return rule;
    return lookup_elsewhere(rule, pc, key);
  }

  /// Rules of another generation no longer match, without touching them.
  void set_generation(std::uint32_t generation) noexcept;

 private:
  static constexpr std::size_t kFew = 1_KiB;
  static constexpr std::size_t kGrowth = 2;
  static constexpr std::size_t kMany = std::size_t{1} << 14;

  // A walk waits for this: no multiplication, and one shift less than by an index.
  UnwindRule& place_of(std::uintptr_t pc) noexcept {
    const std::size_t offset = (pc * sizeof(UnwindRule) ^ pc >> 8) & mask_;
    return *reinterpret_cast<UnwindRule*>(reinterpret_cast<std::byte*>(rules_) + offset);
  }
  const UnwindRule& lookup_elsewhere(UnwindRule& first, std::uintptr_t pc, std::uint64_t key) noexcept;
  bool grows_for_lost_rule() noexcept;
  void grow(std::size_t from, std::size_t to) noexcept;

  std::uint32_t generation_;
  std::uint32_t lost_;  // rules that had to go for others, since the table grew
  std::uint64_t tag_;   // the low bits of the generation, above every address
  std::size_t mask_;    // of the offsets in rules_ that are used
  UnwindRule rules_[kMany];
};

}  // namespace padlock::trace
