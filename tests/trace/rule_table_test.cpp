// The rule table: it finds once, and forgets when told.
#include "trace/rule_table.h"

#include <gtest/gtest.h>

#include <bit>
#include <memory>

#include "os/module_identity.h"
#include "os/process.h"
#include "trace/module_history.h"
#include "trace/rule_finder.h"

namespace padlock::trace {
namespace {

constexpr std::int32_t kMark = 12345;

class RuleTableTest : public testing::Test {
 protected:
  // A rule that finding it again would not give, so that it shows whether it was kept.
  void mark() { const_cast<UnwindRule&>(table_->lookup(pc_)).cfa_offset = kMark; }
  bool is_kept() { return table_->lookup(pc_).cfa_offset == kMark; }

  const std::uintptr_t pc_ = reinterpret_cast<std::uintptr_t>(&find_rule) + 40;
  std::unique_ptr<RuleTable> table_ = std::make_unique<RuleTable>();
};

TEST(Rule, SaysHowAWalkGoesOn) {
  using enum CfaRule;
  const CfaRule all[] = {kSp, kFp, kDerefFp, kEnd, kUnknown, kSignal, kHard};
  for (const CfaRule cfa : all) {
    const UnwindRule rule{.cfa = cfa};
    EXPECT_EQ(rule.is_simple(), cfa == kSp || cfa == kFp || cfa == kDerefFp) << static_cast<int>(cfa);
    EXPECT_EQ(rule.ends_walk(), cfa == kEnd || cfa == kUnknown) << static_cast<int>(cfa);
  }
}

TEST_F(RuleTableTest, GivesTheRuleThatIsFound) {
  const UnwindRule found = find_rule(pc_);
  const UnwindRule& held = table_->lookup(pc_);
  EXPECT_EQ(held.cfa, found.cfa);
  EXPECT_EQ(held.cfa_offset, found.cfa_offset);
  EXPECT_EQ(held.fp, found.fp);
  EXPECT_EQ(held.fp_words, found.fp_words);
  EXPECT_TRUE(held.is_simple());
}

TEST_F(RuleTableTest, KeepsARule) {
  mark();
  EXPECT_TRUE(is_kept());
  EXPECT_NE(table_->lookup(pc_ + 1).cfa_offset, kMark);
}

TEST_F(RuleTableTest, ForgetsInAnotherGeneration) {
  mark();
  table_->set_generation(1);
  EXPECT_FALSE(is_kept());
  mark();
  table_->set_generation(1);
  EXPECT_TRUE(is_kept());
}

TEST_F(RuleTableTest, ForgetsWhenItsTagComesRoundAgain) {
  mark();
  table_->set_generation(0x10000);
  EXPECT_FALSE(is_kept());
  table_->set_generation(0xffffffff);
  mark();
  table_->set_generation(0x0000ffff);
  EXPECT_FALSE(is_kept());
}

// No code is there, so each has a rule of its own that says so.
TEST_F(RuleTableTest, GrowsUntilItHoldsThousandsOfRules) {
  constexpr std::uintptr_t kBase = 0x40000;
  constexpr std::uintptr_t kRules = 10'000;
  const auto rule_of = [&](std::uintptr_t i) -> UnwindRule& {
    return const_cast<UnwindRule&>(table_->lookup(kBase + i));
  };
  for (int pass = 0; pass < 2; ++pass) {
    for (std::uintptr_t i = 0; i < kRules; ++i) rule_of(i).cfa_offset = static_cast<std::int32_t>(kMark + i);
  }
  for (std::uintptr_t i = 0; i < kRules; ++i)
    ASSERT_EQ(rule_of(i).cfa_offset, static_cast<std::int32_t>(kMark + i)) << i;
}

TEST_F(RuleTableTest, NeverUsesMemoryBehindItsOwn) {
  const auto begin = reinterpret_cast<std::uintptr_t>(table_.get());
  for (std::uintptr_t i = 0; i < 60'000; ++i) {
    const auto place = reinterpret_cast<std::uintptr_t>(&table_->lookup(0x40000 + i));
    ASSERT_GE(place, begin) << i;
    ASSERT_LE(place + sizeof(UnwindRule), begin + sizeof(RuleTable)) << i;
  }
}

TEST_F(RuleTableTest, OfAFewHundredRulesNearlyNoneIsFoundTwice) {
  constexpr std::uintptr_t kBase = 0x40000;
  constexpr std::uintptr_t kRules = 500;
  for (std::uintptr_t i = 0; i < 3; ++i) table_->lookup(kBase + i);  // until it has grown
  for (std::uintptr_t i = 0; i < kRules; ++i)
    const_cast<UnwindRule&>(table_->lookup(kBase + i)).cfa_offset = kMark;
  std::size_t kept = 0;
  for (std::uintptr_t i = 0; i < kRules; ++i) kept += table_->lookup(kBase + i).cfa_offset == kMark ? 1 : 0;
  EXPECT_GE(kept, kRules - 2);
}

// A call may be the last instruction of its module.
TEST_F(RuleTableTest, NotesTheModuleOfTheCall) {
  os::ModuleIdentity module;
  ASSERT_TRUE(os::identify_module(os::loader_range().begin, module));  // no other test has frames there
  table_->lookup(module.range.end);
  EXPECT_NE(module_history.find(module.range.end - 1, 0), nullptr);
}

// With the first rule that is lost, and then whenever a sixteenth of them were lost.
TEST_F(RuleTableTest, GrowsWithEachSixteenthThatIsLost) {
  constexpr std::size_t kMost = 1 << 14;
  constexpr std::uintptr_t kAtTheEnd = 0x3ffe;  // in the upper half of a table of any size
  const auto* const end = reinterpret_cast<const UnwindRule*>(table_.get() + 1);
  const auto size = [&] {
    return std::bit_ceil(static_cast<std::size_t>(&table_->lookup(kAtTheEnd) - (end - kMost)) + 1);
  };
  const auto contend = [&](std::uintptr_t i) { table_->lookup((i % 3 + 1) << 26); };
  contend(0);
  contend(1);
  std::size_t rules = 1;
  std::size_t lost = 0;
  for (std::uintptr_t i = 2; i < 3000; ++i) {
    contend(i);
    while (++lost >= rules / 16 && rules != kMost) {
      rules = rules == 1 ? 1024 : 2 * rules;  // and the rule is lost in that one
      lost = 0;
    }
    ASSERT_EQ(size(), rules) << i;
  }
  EXPECT_EQ(rules, kMost);
}

TEST_F(RuleTableTest, KeepsItsRulesWhenItGrows) {
  constexpr std::uintptr_t kKept = 0x13ff0;
  const auto contend = [&](std::uintptr_t i) -> std::int32_t& {
    return const_cast<UnwindRule&>(table_->lookup((i + 1) << 26)).cfa_offset;
  };
  for (std::uintptr_t i = 0; i < 3; ++i) contend(i);
  const_cast<UnwindRule&>(table_->lookup(kKept)).cfa_offset = kMark;
  for (std::uintptr_t i = 0; i < 20'000; ++i) contend(i % 3) = 1;
  EXPECT_EQ(table_->lookup(kKept).cfa_offset, kMark);
}

}  // namespace
}  // namespace padlock::trace
