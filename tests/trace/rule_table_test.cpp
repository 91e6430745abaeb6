// The rule table: it finds once, and forgets when told.
#include "trace/rule_table.h"

#include <gtest/gtest.h>

#include <memory>

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

}  // namespace
}  // namespace padlock::trace
