// What was needed now and then is not idle.
#include "runtime/memory/idle_watch.h"

#include <gtest/gtest.h>

namespace padlock::runtime {
namespace {

constexpr std::int64_t kPeriod = 1000;
constexpr std::size_t kMuch = 4 * IdleWatch::kWorthwhile;

class IdleWatchTest : public testing::Test {
 protected:
  IdleWatchTest() { EXPECT_EQ(watch_.idle(kBegin, kPeriod, kMuch), 0U); }

  static constexpr std::int64_t kBegin = 5000;
  IdleWatch watch_;
};

TEST_F(IdleWatchTest, WhatWaitedAllThroughAPeriodIsIdle) {
  EXPECT_EQ(watch_.idle(kBegin + kPeriod - 1, kPeriod, kMuch), 0U);
  EXPECT_EQ(watch_.idle(kBegin + kPeriod, kPeriod, kMuch), kMuch);
}

TEST_F(IdleWatchTest, OnlyTheLeastThatWaitedIsIdle) {
  EXPECT_EQ(watch_.idle(kBegin + 1, kPeriod, kMuch - 100), 0U);
  EXPECT_EQ(watch_.idle(kBegin + 2, kPeriod, kMuch - 50), 0U);
  EXPECT_EQ(watch_.idle(kBegin + kPeriod, kPeriod, 2 * kMuch), kMuch - 100);
}

TEST_F(IdleWatchTest, WhatCameMeanwhileWaitsForThePeriodAfter) {
  EXPECT_EQ(watch_.idle(kBegin + kPeriod, kPeriod, kMuch + 7), kMuch);
  EXPECT_EQ(watch_.idle(kBegin + 2 * kPeriod, kPeriod, kMuch + 9), kMuch + 7);
}

TEST_F(IdleWatchTest, WhatWasTakenWhileTheQuestionIsAskedCounts) {
  EXPECT_EQ(watch_.idle(kBegin + kPeriod, kPeriod, kMuch - 1), kMuch - 1);
}

TEST_F(IdleWatchTest, LittleIsNotIdle) {
  EXPECT_EQ(watch_.idle(kBegin + 1, kPeriod, IdleWatch::kWorthwhile), 0U);
  EXPECT_EQ(watch_.idle(kBegin + kPeriod, kPeriod, kMuch), IdleWatch::kWorthwhile);
  EXPECT_EQ(watch_.idle(kBegin + kPeriod + 1, kPeriod, IdleWatch::kWorthwhile - 1), 0U);
  EXPECT_EQ(watch_.idle(kBegin + 2 * kPeriod, kPeriod, kMuch), 0U);
}

}  // namespace
}  // namespace padlock::runtime
