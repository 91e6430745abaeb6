// The rare paths of the rule table.
#include "trace/rule_table.h"

#include "trace/rule_finder.h"

namespace padlock::trace {
namespace {

constexpr unsigned kTagShift = 48;
constexpr unsigned kTagBits = 64 - kTagShift;

}  // namespace

const UnwindRule& RuleTable::lookup_elsewhere(std::size_t at, std::uintptr_t pc, std::uint64_t key) noexcept {
  UnwindRule& first = rules_[at];
  UnwindRule& second = rules_[at ^ 1];
  if (second.key == key) return second;
  if (first.key != 0) second = first;
  first = find_rule(pc);
  first.key = key;
  return first;
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
