// The lists of freed large blocks: how many stay closed, how many are remembered, and which goes first.
#include "runtime/large/large_quarantine.h"

#include <gtest/gtest.h>

#include <vector>

namespace padlock::runtime {
namespace {

constexpr std::size_t kMostClosed = 1024;
constexpr std::size_t kMostRemembered = 4096;
constexpr std::size_t kBytes = 1 << 20;

std::vector<LargeRecord> records(std::size_t count) {
  std::vector<LargeRecord> all(count);
  for (std::size_t i = 0; i < count; ++i) {
    all[i].mapping.map_begin = (i + 1) * 2 * kBytes;
    all[i].mapping.map_end = all[i].mapping.map_begin + kBytes;
  }
  return all;
}

LargeQuarantine quarantine_of(std::size_t space_bytes, bool keeps_latest = false) {
  LargeQuarantine quarantine;
  LargeQuarantine::Limits limits;
  limits.space_bytes = space_bytes;
  limits.kept_bytes = SIZE_MAX;
  limits.keeps_latest = keeps_latest;
  quarantine.set_up(limits);
  return quarantine;
}

TEST(LargeQuarantine, SoManyAreRememberedAndTheOldestIsForgottenFirst) {
  std::vector<LargeRecord> gone = records(kMostRemembered + 100);
  LargeQuarantine quarantine = quarantine_of(SIZE_MAX);
  for (std::size_t i = 0; i < gone.size(); ++i) {
    LargeRecord* const forgotten = quarantine.remember(&gone[i]);
    ASSERT_EQ(forgotten, i < kMostRemembered ? nullptr : &gone[i - kMostRemembered]) << i;
    ASSERT_EQ(gone[i].place, LargePlace::kGone);
    ASSERT_EQ(gone[i].block.state, core::BlockState::kFree);
  }
}

TEST(LargeQuarantine, OneThatIsForgottenEarlyMakesRoomForOneMore) {
  std::vector<LargeRecord> gone = records(kMostRemembered + 2);
  LargeQuarantine quarantine = quarantine_of(SIZE_MAX);
  for (std::size_t i = 0; i < kMostRemembered; ++i) ASSERT_EQ(quarantine.remember(&gone[i]), nullptr);
  quarantine.forget(&gone[0]);
  EXPECT_EQ(quarantine.remember(&gone[kMostRemembered]), nullptr);
  EXPECT_EQ(quarantine.remember(&gone[kMostRemembered + 1]), &gone[1]);
}

TEST(LargeQuarantine, SoManyStayClosedAndTheOldestGoesFirst) {
  std::vector<LargeRecord> freed = records(kMostClosed + 10);
  LargeQuarantine quarantine = quarantine_of(SIZE_MAX);
  for (std::size_t i = 0; i < freed.size(); ++i) {
    quarantine.add_kept(&freed[i], 0);
    LargeRecord* const over = quarantine.take_over_limit();
    ASSERT_EQ(over, i < kMostClosed ? nullptr : &freed[i - kMostClosed]) << i;
    ASSERT_TRUE(over == nullptr || over->place == LargePlace::kGone);
    ASSERT_EQ(quarantine.take_over_limit(), nullptr);
  }
  EXPECT_EQ(quarantine.count(), kMostClosed);
}

TEST(LargeQuarantine, EmptiedOnesGoBeforeThoseThatKeepTheirPages) {
  std::vector<LargeRecord> freed = records(4);
  LargeQuarantine quarantine = quarantine_of(2 * kBytes);
  quarantine.add_kept(&freed[0], 0);
  quarantine.add_emptied(&freed[1]);
  quarantine.add_emptied(&freed[2]);
  EXPECT_EQ(quarantine.take_over_limit(), &freed[1]);
  EXPECT_EQ(quarantine.take_over_limit(), nullptr);  // as many bytes as there may be
  quarantine.add_kept(&freed[3], 0);
  EXPECT_EQ(quarantine.take_over_limit(), &freed[2]);
  EXPECT_EQ(quarantine.take_over_limit(), nullptr);
  EXPECT_EQ(quarantine.bytes(), 2 * kBytes);
}

TEST(LargeQuarantine, PagesAreGivenBackBeyondTheLimitAndNotAtIt) {
  std::vector<LargeRecord> freed = records(3);
  LargeQuarantine quarantine;
  LargeQuarantine::Limits limits;
  limits.kept_bytes = 2 * kBytes;
  quarantine.set_up(limits);
  EXPECT_EQ(quarantine.take_to_empty(1'000'000), nullptr);
  quarantine.add_kept(&freed[0], 0);
  quarantine.add_kept(&freed[1], 0);
  EXPECT_EQ(quarantine.take_to_empty(1'000'000), nullptr);  // whenever: there is no limit of time
  quarantine.add_kept(&freed[2], 0);
  EXPECT_EQ(quarantine.take_to_empty(0), &freed[0]);
  EXPECT_EQ(quarantine.take_to_empty(0), nullptr);
}

// What has been idle for too long is looked for once a second.
TEST(LargeQuarantine, PagesThatNothingUsesAreGivenBackWhenTheyAreLookedFor) {
  for (const std::int64_t idle : {1, 300}) {
    std::vector<LargeRecord> freed = records(3);
    LargeQuarantine quarantine;
    LargeQuarantine::Limits limits;
    limits.kept_bytes = SIZE_MAX;
    limits.idle_ms = idle;
    quarantine.set_up(limits);
    quarantine.add_kept(&freed[0], 5000);
    quarantine.add_kept(&freed[1], 5400);
    EXPECT_EQ(quarantine.take_to_empty(5000 + idle), nullptr);  // and the next look is a second later
    EXPECT_EQ(quarantine.take_to_empty(5001 + idle), nullptr);
    EXPECT_EQ(quarantine.take_to_empty(5999 + idle), nullptr);
    EXPECT_EQ(quarantine.take_to_empty(6000 + idle), &freed[0]);
    EXPECT_EQ(quarantine.take_to_empty(6000 + idle), &freed[1]);
    EXPECT_EQ(quarantine.take_to_empty(6000 + idle), nullptr);
    quarantine.add_kept(&freed[2], 6000);
    EXPECT_EQ(quarantine.take_to_empty(6001 + idle), &freed[2]);  // there was none to look at
  }
}

TEST(LargeQuarantine, TheLatestIsKeptWhereThatIsAskedForHoweverLongItIs) {
  for (const bool keeps_latest : {false, true}) {
    std::vector<LargeRecord> freed = records(2);
    LargeQuarantine quarantine = quarantine_of(kBytes - 1, keeps_latest);
    quarantine.add_kept(&freed[0], 0);
    EXPECT_EQ(quarantine.take_over_limit(), keeps_latest ? nullptr : freed.data());
    if (!keeps_latest) continue;
    quarantine.add_kept(&freed[1], 0);
    EXPECT_EQ(quarantine.take_over_limit(), &freed[0]);
    EXPECT_EQ(quarantine.take_over_limit(), nullptr);
  }
}

}  // namespace
}  // namespace padlock::runtime
