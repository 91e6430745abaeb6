// The rare paths of the rule table.
#include "trace/rule_table.h"

#include <utility>

#include "trace/module_history.h"
#include "trace/rule_finder.h"

namespace padlock::trace {
namespace {

constexpr unsigned kTagShift = 48;
constexpr unsigned kTagBits = 64 - kTagShift;
constexpr std::uint64_t kAddress = (std::uint64_t{1} << kTagShift) - 1;

}  // namespace

const UnwindRule& RuleTable::lookup_elsewhere(UnwindRule& first, std::uintptr_t pc,
                                              std::uint64_t key) noexcept {
  UnwindRule& second = rules_[(&first - rules_) ^ 1];
  if (second.key == key) return second;
  if (second.key != 0 && grows_for_lost_rule()) return lookup(pc);
  if (first.key != 0) second = first;
  module_history.note(pc - 1, generation_);
  first = find_rule(pc);
  first.key = key;
  return first;
}

// Where a sixteenth of the rules were lost, the program needs more: to find one again costs what ten hits
// do.
bool RuleTable::grows_for_lost_rule() noexcept {
  const std::size_t rules = mask_ / sizeof(UnwindRule) + 1;
  if (++lost_ < rules / 16 || rules == kMany) return false;
  grow(rules, rules == 1 ? kFew : rules * kGrowth);
  lost_ = 0;
  return true;
}

// Rules move to where they are looked for from now on.
void RuleTable::grow(std::size_t from, std::size_t to) noexcept {
  mask_ = (to - 1) * sizeof(UnwindRule);
  for (std::size_t i = 0; i != from; ++i) {
    if (rules_[i].key == 0) continue;
    const UnwindRule rule = std::exchange(rules_[i], {});
    UnwindRule& place = place_of(rule.key & kAddress);
    UnwindRule& beside = rules_[(&place - rules_) ^ 1];
    if (place.key == 0) {
      place = rule;
    } else if (beside.key == 0) {
      beside = rule;
    }
  }
}

void RuleTable::set_generation(std::uint32_t generation) noexcept {
  // When the tag comes round again, rules of 65536 generations ago would match.
  if ((generation >> kTagBits) != (generation_ >> kTagBits)) {
    for (UnwindRule& rule : rules_) rule = UnwindRule{};
  }
  generation_ = generation;
  tag_ = std::uint64_t{generation} << kTagShift;
}

}  // namespace padlock::trace
