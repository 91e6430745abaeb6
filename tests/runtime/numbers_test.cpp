// Allocation numbers: batches per thread, none twice.
#include "runtime/memory/numbers.h"

#include <gtest/gtest.h>

#include <set>

namespace padlock::runtime {
namespace {

TEST(NumberSource, CountsFromOneWithoutGapsForOneThread) {
  NumberSource source;
  NumberBatch batch{};
  EXPECT_EQ(source.latest(batch), 0U);
  for (std::uint64_t i = 1; i <= 3 * NumberSource::kBatch; ++i) {
    EXPECT_EQ(source.take(batch), i);
    EXPECT_EQ(source.latest(batch), i);
  }
}

TEST(NumberSource, ANumberThatNobodyNeededIsGivenAgain) {
  NumberSource source;
  NumberBatch batch{};
  for (std::uint64_t i = 1; i <= NumberSource::kBatch; ++i) source.take(batch);
  NumberSource::give_back(batch);
  EXPECT_EQ(source.latest(batch), NumberSource::kBatch - 1);
  EXPECT_EQ(source.take(batch), NumberSource::kBatch);
  EXPECT_EQ(source.take(batch), NumberSource::kBatch + 1);
}

TEST(NumberSource, WhereOthersAllocateTheLatestIsAnUpperBound) {
  NumberSource source;
  NumberBatch one{};
  NumberBatch two{};
  EXPECT_EQ(source.upper_bound(), 0U);
  source.take(one);
  EXPECT_EQ(source.upper_bound(), NumberSource::kBatch);
  EXPECT_EQ(source.latest(two), NumberSource::kBatch);
  source.take(two);
  EXPECT_EQ(source.upper_bound(), 2 * NumberSource::kBatch);
  EXPECT_EQ(source.latest(one), 2 * NumberSource::kBatch);
  EXPECT_EQ(source.latest(two), NumberSource::kBatch + 1);
}

TEST(NumberSource, KnowsWhenTheLastCheckBegan) {
  NumberSource source;
  EXPECT_EQ(source.last_checked(), 0U);
  source.note_checked(7);
  EXPECT_EQ(source.last_checked(), 7U);
}

TEST(NumberSource, NeverGivesANumberTwice) {
  NumberSource source;
  NumberBatch one{};
  NumberBatch two{};
  std::set<std::uint64_t> seen;
  for (int i = 0; i < 1000; ++i) {
    EXPECT_TRUE(seen.insert(source.take(one)).second);
    EXPECT_TRUE(seen.insert(source.take(two)).second);
  }
  EXPECT_GE(source.latest(one), *seen.rbegin());
  EXPECT_GE(source.latest(two), *seen.rbegin());
}

}  // namespace
}  // namespace padlock::runtime
