// One thread's unwind rules, direct-mapped by return address.
#pragma once

#include <cstddef>
#include <cstdint>

#include "trace/unwind_rule.h"

namespace padlock::trace {

/// Zero-initialized memory is a valid empty table. A few hundred to a few thousand rules serve a whole
/// program.
class RuleTable {
 public:
  static constexpr unsigned kBits = 12;

  /// The rule of a return address below 2^47; found first if it is not here. Good until the next call.
  const UnwindRule& lookup(std::uintptr_t pc) noexcept {
    UnwindRule& rule = rules_[index(pc)];
    const std::uint64_t key = pc | tag_;
    if (rule.key != key) [[unlikely]] {
      fill(rule, pc, key);
    }
    return rule;
  }

  /// Rules of another generation no longer match, without touching them.
  void set_generation(std::uint32_t generation) noexcept;

 private:
  static std::size_t index(std::uintptr_t pc) noexcept {
    constexpr std::uint64_t kGolden = 0x9e3779b97f4a7c15U;  // Fibonacci hashing (Knuth, TAOCP 6.4)
    return static_cast<std::size_t>((pc * kGolden) >> (64 - kBits));
  }
  void fill(UnwindRule& rule, std::uintptr_t pc, std::uint64_t key) noexcept;

  std::uint32_t generation_;
  std::uint64_t tag_;  // the low bits of the generation, above every address
  UnwindRule rules_[std::size_t{1} << kBits];
};

}  // namespace padlock::trace
