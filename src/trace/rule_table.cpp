// The rare paths of the rule table.
#include "trace/rule_table.h"

#include "trace/rule_finder.h"

namespace padlock::trace {
namespace {

constexpr unsigned kTagShift = 48;
constexpr unsigned kTagBits = 64 - kTagShift;

}  // namespace

void RuleTable::fill(UnwindRule& rule, std::uintptr_t pc, std::uint64_t key) noexcept {
  rule = find_rule(pc);
  rule.key = key;
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
