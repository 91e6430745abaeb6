// Which allocations get pages of their own, by site, memory and time.
#include "runtime/guarded/guard_sites.h"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

#include "base/random.h"
#include "base/units.h"
#include "os/clock.h"
#include "runtime/memory/settings.h"

namespace padlock::runtime::guard_sites_checks {
namespace {

constexpr trace::TraceId kSite = 77;

std::unique_ptr<GuardSites> sites_with(const GuardLimits& limits) {
  auto sites = std::make_unique<GuardSites>();
  sites->set_up(limits);
  return sites;
}

GuardLimits whatever_they_cost(unsigned per_site) {
  GuardLimits limits;
  limits.per_site = per_site;
  limits.any_time = true;
  return limits;
}

TEST(GuardSites, BeginAfterSoManyAllocations) {
  GuardLimits limits = whatever_they_cost(2);
  limits.after = 100;
  const auto sites = sites_with(limits);
  EXPECT_TRUE(sites->enabled());
  EXPECT_FALSE(sites->is_beginning(100));
  EXPECT_TRUE(sites->is_beginning(101));
  EXPECT_FALSE(sites->is_new(kSite));
  EXPECT_FALSE(sites->is_due(kSite, 1));
  sites->put_off(101);
  EXPECT_FALSE(sites->is_beginning(100'101));
  EXPECT_TRUE(sites->is_beginning(100'102));
  sites->begin();
  EXPECT_EQ(sites->round(), 1U);
  EXPECT_FALSE(sites->is_beginning(100'102));
  sites->begin();
  EXPECT_EQ(sites->round(), 1U);
  EXPECT_TRUE(sites->is_new(kSite));
}

TEST(GuardSites, WithoutAnyThereIsNoBeginning) {
  const auto sites = sites_with(whatever_they_cost(0));
  EXPECT_FALSE(sites->enabled());
  EXPECT_FALSE(sites->is_beginning(1'000'000));
}

TEST(GuardSites, TheFirstOnesOfASiteAreGuardedThenHalfAsManyEachTime) {
  constexpr unsigned kPerSite = 3;
  constexpr std::uint64_t kNumbers = 1 << 16;
  const auto sites = sites_with(whatever_they_cost(kPerSite));
  sites->begin();
  for (unsigned i = 0; i < kPerSite; ++i) {
    EXPECT_TRUE(sites->is_new(kSite));
    EXPECT_TRUE(sites->is_due(kSite, i));
    EXPECT_EQ(sites->count(kSite), i % 2 == 0 ? GuardedSide::kBack : GuardedSide::kFront);
  }
  EXPECT_TRUE(sites->is_new(kSite + 1));
  for (unsigned halvings = 1; halvings < 7; ++halvings) {
    EXPECT_FALSE(sites->is_new(kSite));
    std::uint64_t due = 0;
    for (std::uint64_t number = 1; number <= kNumbers; ++number) due += sites->is_due(kSite, number) ? 1 : 0;
    const std::uint64_t expected = kNumbers >> halvings;
    EXPECT_GT(due, expected * 3 / 4) << halvings;
    EXPECT_LT(due, expected * 4 / 3) << halvings;
    sites->count(kSite);
  }
}

// However often it was counted.
TEST(GuardSites, OfAnUnknownSiteNoneIsNorOfAnyBeforeTheBeginning) {
  const auto sites = sites_with(whatever_they_cost(3));
  const auto due = [&](trace::TraceId site) {
    std::uint64_t count = sites->is_new(site) ? 1 : 0;
    for (std::uint64_t number = 1; number <= 100; ++number) count += sites->is_due(site, number) ? 1U : 0U;
    return count;
  };
  for (int i = 0; i < 3; ++i) sites->count(kSite);
  EXPECT_EQ(due(kSite), 0U);
  EXPECT_EQ(due(1), 0U);
  sites->begin();
  EXPECT_EQ(due(0), 0U);
  for (int i = 0; i < 3; ++i) {
    sites->count(0);
    sites->count(1);
  }
  EXPECT_EQ(due(0), 0U);
  EXPECT_GT(due(1), 0U);
  EXPECT_GT(due(kSite), 0U);
}

TEST(GuardSites, TheSideChangesWithEachOneOfTheFirstForty) {
  const auto sites = sites_with(whatever_they_cost(1));
  for (int i = 0; i < 60; ++i)
    EXPECT_EQ(sites->count(kSite), i < 40 && i % 2 != 0 ? GuardedSide::kFront : GuardedSide::kBack) << i;
}

TEST(GuardSites, WhereTheyMayTakeAnyTimeNoneThatIsChargedCounts) {
  const auto sites = sites_with(whatever_they_cost(3));
  sites->begin();
  sites->charge(std::int64_t{1} << 50);
  for (int i = 0; i < 40; ++i) EXPECT_TRUE(sites->is_new(kSite));
}

// Of the time since they were set up, not of all time.
TEST(GuardSites, NoMoreThanAllOfTheTimeSoFarIsSpent) {
  GuardLimits limits = whatever_they_cost(3);
  limits.any_time = false;
  limits.share = 1;
  const std::int64_t begun = os::monotonic_ns();
  const auto some = sites_with(limits);
  some->begin();
  const bool before = some->is_new(kSite);
  const auto sites = sites_with(limits);
  sites->begin();
  sites->charge(10'000'000'000);
  const bool after = sites->is_new(kSite);
  if (os::monotonic_ns() - begun > 9'000'000'000) GTEST_SKIP() << "the machine was too busy";
  EXPECT_TRUE(before);
  EXPECT_FALSE(after);
}

TEST(GuardSites, SitesCountOnlyForThemselves) {
  const auto sites = sites_with(whatever_they_cost(1));
  sites->begin();
  for (trace::TraceId site = 1; site < 2000; ++site) {
    ASSERT_TRUE(sites->is_new(site)) << site;
    EXPECT_EQ(sites->count(site), GuardedSide::kBack);
    ASSERT_FALSE(sites->is_new(site)) << site;
  }
}

TEST(GuardSites, WithoutMemoryNoneIs) {
  for (const bool all : {false, true}) {
    GuardLimits limits = whatever_they_cost(3);
    limits.all = all;
    limits.open_bytes = 0;
    const auto none = sites_with(limits);
    none->begin();
    EXPECT_FALSE(none->is_new(kSite));
    EXPECT_FALSE(none->is_due(kSite, 1));
    limits.open_bytes = SIZE_MAX;
    const auto some = sites_with(limits);
    some->begin();
    EXPECT_TRUE(some->is_new(kSite));
    EXPECT_TRUE(some->is_due(kSite, 1));
  }
}

TEST(GuardSites, WhereAllAreGuardedSiteAndNumberDoNotMatter) {
  GuardLimits limits = whatever_they_cost(1);
  limits.all = true;
  const auto sites = sites_with(limits);
  EXPECT_TRUE(sites->guards_all());
  EXPECT_FALSE(sites->is_new(0));
  EXPECT_FALSE(sites->is_due(0, 1));
  sites->begin();
  for (int i = 0; i < 5; ++i) {
    EXPECT_TRUE(sites->is_new(0));
    EXPECT_TRUE(sites->is_due(kSite, 1));
    EXPECT_EQ(sites->count(kSite), i == 1 ? GuardedSide::kFront : GuardedSide::kBack) << i;
  }
  sites->count_all(true);
  sites->count_all(true);
  sites->count_all(false);
  EXPECT_EQ(sites->share().blocks, 3U);
  EXPECT_EQ(sites->share().guarded, 2U);
}

// With so small a share of the time that none of it counts here: only what is charged.
class GuardSitesTime : public testing::Test {
 protected:
  GuardSitesTime() {
    GuardLimits limits = whatever_they_cost(3);
    limits.any_time = false;
    limits.share = UINT32_MAX;
    sites_ = sites_with(limits);
    sites_->begin();
  }

  static constexpr std::int64_t kMuch = std::int64_t{1} << 50;  // nanoseconds
  static constexpr int kUnasked = 16;
  std::unique_ptr<GuardSites> sites_;
};

TEST_F(GuardSitesTime, WhatIsSpentIsNotAskedForAWhile) {
  sites_->charge(kMuch);
  EXPECT_FALSE(sites_->is_new(kSite));
  sites_->charge(-2 * kMuch);
  for (int i = 0; i < kUnasked; ++i) EXPECT_FALSE(sites_->is_new(kSite)) << i;
  EXPECT_TRUE(sites_->is_new(kSite));
}

TEST_F(GuardSitesTime, AnOperationIsChargedFromItsBeginningOn) {
  sites_->charge(-kMuch / 2);
  EXPECT_TRUE(sites_->is_new(kSite));
  sites_->charge_since(sites_->now() - kMuch);
  EXPECT_FALSE(sites_->is_new(kSite));
}

TEST_F(GuardSitesTime, TheTimeIsTheClocks) {
  const std::int64_t before = os::monotonic_ns();
  const std::int64_t now = sites_->now();
  EXPECT_GE(now, before);
  EXPECT_LE(now, os::monotonic_ns());
}

TEST(GuardSites, ARoundLastsAQuarterOfTheTimeSoFarWithinBounds) {
  constexpr std::int64_t kShortest = 100'000'000;
  constexpr std::int64_t kLongest = 2'000'000'000;
  EXPECT_EQ(GuardSites::round_after(0), kShortest);
  for (std::int64_t so_far = 1; so_far < kLongest * 100; so_far += so_far / 2 + 1) {
    const std::int64_t quarter = so_far / 4;
    const std::int64_t expected = quarter < kShortest ? kShortest : quarter > kLongest ? kLongest : quarter;
    EXPECT_EQ(GuardSites::round_after(so_far), expected) << so_far;
  }
}

// The first ones have a counter each, whatever their stacks; of all others those with the same innermost
// frames have one, as a rule.
TEST(GuardSites, OfManySitesThoseWithTheSameInnermostFramesAreOne) {
  constexpr trace::TraceId kWholeStacks = 32 * 1024;
  trace_depot.init(64_MiB);
  const auto site_of = [](std::uintptr_t innermost, std::uintptr_t outermost) {
    const std::uintptr_t frames[] = {innermost, 2, 3, 4, outermost};
    return trace_depot.intern(frames, mix64(innermost << 32 | outermost));
  };
  std::uintptr_t outermost = 1;
  trace::TraceId former = 0;
  trace::TraceId site = 0;
  while (site < kWholeStacks - 1) {
    former = site;
    site = site_of(1, outermost++);
    ASSERT_NE(site, 0U);
  }
  const auto sites = sites_with(whatever_they_cost(1));
  sites->begin();
  for (const trace::TraceId alone : {former, site}) {
    EXPECT_TRUE(sites->is_new(alone));
    sites->count(alone);
    EXPECT_FALSE(sites->is_new(alone));
  }
  std::vector<trace::TraceId> many;
  for (int i = 0; i < 10; ++i) many.push_back(site_of(1, outermost++));
  ASSERT_EQ(many[0], kWholeStacks);
  EXPECT_TRUE(sites->is_new(many[0]));
  sites->count(many[0]);
  for (const trace::TraceId same : many) EXPECT_FALSE(sites->is_new(same)) << same;
  const trace::TraceId other = site_of(77, 1);
  EXPECT_TRUE(sites->is_new(other));
  for (std::uintptr_t innermost = 100; innermost < 1100; ++innermost) sites->count(site_of(innermost, 1));
  for (trace::TraceId alone = 1; alone < former; ++alone) ASSERT_TRUE(sites->is_new(alone)) << alone;
}

TEST(GuardSites, NoClockIsLookedAtWhereTheyMayTakeAnyTime) {
  const auto sites = sites_with(whatever_they_cost(3));
  sites->begin();
  EXPECT_EQ(sites->now(), 0);
  sites->charge_since(sites->now());
  EXPECT_TRUE(sites->is_new(kSite));
}

TEST_F(GuardSitesTime, OfWhatWasNotUsedOnlyALittleIsKept) {
  sites_->charge(-kMuch);
  EXPECT_TRUE(sites_->is_new(kSite));
  sites_->charge(19'000'000);
  EXPECT_TRUE(sites_->is_new(kSite));
  sites_->charge(2'000'000);
  EXPECT_FALSE(sites_->is_new(kSite));
}

TEST_F(GuardSitesTime, ExactlyThatLittle) {
  const std::int64_t begun = os::monotonic_ns();
  sites_->charge(-20'000'001);
  bool granted = sites_->is_new(kSite);
  sites_->charge(19'999'999);
  granted = sites_->is_new(kSite) && granted;
  sites_->charge(1);
  const bool too_much = sites_->is_new(kSite);
  // The share of the time is a nanosecond after four seconds.
  if (os::monotonic_ns() - begun > 3'000'000'000) GTEST_SKIP() << "the machine was too busy";
  EXPECT_TRUE(granted);
  EXPECT_FALSE(too_much);
}

// Each of the other sites may have been refused as well, and nobody would ask for it again.
TEST_F(GuardSitesTime, AfterARefusalAllSitesAreLookedAtAgain) {
  sites_->charge(kMuch);
  EXPECT_FALSE(sites_->is_new(kSite));
  sites_->charge(-2 * kMuch);
  while (sites_->round() == 1) {
    static_cast<void>(sites_->is_new(kSite));
    os::sleep_ms(1);
  }
  EXPECT_EQ(sites_->round(), 2U);
}

// What a site was refused in a round it is not asked for again before the next one, which comes when it is
// due.
TEST_F(GuardSitesTime, ARoundLastsATenthOfASecondAtLeast) {
  const auto refuse_once = [&] {
    sites_->charge(kMuch);
    EXPECT_FALSE(sites_->is_new(kSite));
    sites_->charge(-2 * kMuch);
  };
  const std::int64_t set_up = os::monotonic_ns();
  for (std::uint32_t round = 1; round != 4; ++round) {
    const std::int64_t begun = os::monotonic_ns();
    if (round == 1) sites_->begin();
    refuse_once();
    for (int i = 0; i < 2 * kUnasked; ++i) static_cast<void>(sites_->is_new(kSite));
    const std::uint32_t before = sites_->round();
    if (os::monotonic_ns() - begun > 90'000'000) GTEST_SKIP() << "the machine was too busy";
    EXPECT_EQ(before, round);
    int waits = 0;
    for (; sites_->round() == round; ++waits) {
      static_cast<void>(sites_->is_new(kSite));
      os::sleep_ms(1);
    }
    EXPECT_EQ(sites_->round(), round + 1);
    if (os::monotonic_ns() - set_up > 3'000'000'000) GTEST_SKIP() << "the machine was too busy";
    EXPECT_LT(waits, 1000);  // of a millisecond at least: a quarter of the time so far is less than a second
  }
  for (int i = 0; i < 15; ++i) {
    EXPECT_TRUE(sites_->is_new(kSite));
    os::sleep_ms(10);
  }
  EXPECT_EQ(sites_->round(), 4U);
}

TEST_F(GuardSitesTime, WithoutATimeToChargeFromNothingIsCharged) {
  sites_->charge(-1);
  EXPECT_TRUE(sites_->is_new(kSite));
  sites_->charge_since(0);
  EXPECT_TRUE(sites_->is_new(kSite));
  sites_->charge_since(1);
  EXPECT_FALSE(sites_->is_new(kSite));
}

TEST_F(GuardSitesTime, WithoutOneTheRoundStaysTheSame) {
  sites_->charge(-kMuch);
  for (int i = 0; i < 15; ++i) {
    EXPECT_TRUE(sites_->is_new(kSite));
    os::sleep_ms(10);
  }
  EXPECT_EQ(sites_->round(), 1U);
}

}  // namespace
}  // namespace padlock::runtime::guard_sites_checks
