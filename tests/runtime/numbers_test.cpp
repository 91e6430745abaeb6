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
