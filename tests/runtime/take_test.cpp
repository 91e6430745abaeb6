// Which holder serves which request, and what is said where all blocks are to be guarded and one is not.
// Guards are a process's for good: the tests that turn them on are processes of their own.
#include "runtime/calls/take.h"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <string_view>
#include <vector>

#include "base/units.h"
#include "os/guard.h"
#include "process_heap.h"
#include "runtime/calls/statistics.h"
#include "runtime/guarded/guard_sites.h"
#include "runtime/guarded/guarded_blocks.h"
#include "runtime/holders/place.h"
#include "runtime/memory/settings.h"
#include "runtime/reporting/reporter.h"

namespace padlock::runtime::take_checks {
namespace {

using core::Call;

class TakeTest : public ProcessHeapTest {
 protected:
  static Holder holder_of(const void* pointer) { return place_of(address_of(pointer)).holder; }
  static Holder holder_for(std::size_t size, std::size_t alignment = 0) {
    void* const block = allocate({size, alignment, alignment == 0 ? Call::kMalloc : Call::kMemalign}, here());
    const Holder holder = holder_of(block);
    give(block);
    return holder;
  }
};

TEST_F(TakeTest, LargeBlocksBeginAtTheThreshold) {
  EXPECT_EQ(holder_for(0), Holder::kArena);
  EXPECT_EQ(holder_for(settings.large_threshold - 1), Holder::kArena);
  EXPECT_EQ(holder_for(settings.large_threshold), Holder::kLarge);
  const Changed<std::size_t> higher(settings.large_threshold, 1_MiB);
  EXPECT_EQ(holder_for(1_MiB - 1), Holder::kArena);
  EXPECT_EQ(holder_for(1_MiB), Holder::kLarge);
}

TEST_F(TakeTest, BlocksAreLargeThatAreAlignedToMoreThanSixtyFourKibibytes) {
  for (const std::size_t size : {std::size_t{10}, std::size_t{100'000}}) {
    EXPECT_EQ(holder_for(size, 64_KiB), Holder::kArena);
    EXPECT_EQ(holder_for(size, 128_KiB), Holder::kLarge);
  }
}

// Memory that is handed out for the first time is filled in small, guarded and large blocks alike, but for
// calloc().
TEST_F(TakeTest, FreshMemoryIsFilledAndCallocsIsZero) {
  if (statistics(here()).idle_blocks_bytes > 1_MiB) GTEST_SKIP() << "other tests have left many";
  for (const std::size_t size : {1000U, 100'000U, 600'000U}) {
    const std::uint8_t* const block = take(size);
    for (std::size_t at = 0; at < 800; at += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, block + at, sizeof word);
      EXPECT_EQ(word >> 63, ~(word >> 62) & 1) << "no pointer";
    }
    const auto* const zeroed = static_cast<std::uint8_t*>(allocate_zeroed(size, 1, here()));
    EXPECT_TRUE(std::all_of(zeroed, zeroed + size, [](std::uint8_t byte) { return byte == 0; }));
  }
}

class GuardsTest : public TakeTest {
 protected:
  // Runs `check` with guards in a child; it fails where a test has failed there.
  template <typename Check>
  static void in_child(const GuardLimits& limits, Check check) {
    options::Options options = settings.options;
    std::strcpy(options.log_path.value, "stderr");  // NOLINT: it fits
    reporter.configure(options);
    guarded_blocks.set_up(settings.keys, {});
    guard_sites.set_up(limits);
    check();
    _exit(HasFailure() ? 1 : 0);
  }
  static GuardLimits of_all() {
    GuardLimits limits;
    limits.all = true;
    limits.any_time = true;
    limits.per_site = 1;
    return limits;
  }
};

using GuardsDeathTest = GuardsTest;

TEST_F(GuardsDeathTest, AllBlocksAreGuardedThatHaveNoGuardsOtherwise) {
  const auto check = [] {
    EXPECT_EQ(holder_for(0), Holder::kGuarded);
    EXPECT_EQ(holder_for(settings.large_threshold - 1), Holder::kGuarded);
    EXPECT_EQ(holder_for(settings.large_threshold), Holder::kLarge);
    EXPECT_EQ(holder_for(100, 64_KiB), Holder::kGuarded);
    EXPECT_EQ(holder_for(100, 128_KiB), Holder::kLarge);
    const GuardSites::Share share = guard_sites.share();
    EXPECT_EQ(share.blocks, 3U);
    EXPECT_EQ(share.guarded, 3U);
  };
  EXPECT_EXIT(in_child(of_all(), check), testing::ExitedWithCode(0), "^$");
}

TEST_F(GuardsDeathTest, GuardedMemoryIsFilledAndCallocsIsZero) {
  const auto check = [] {
    const std::uint8_t* const block = take(1000);
    EXPECT_EQ(holder_of(block), Holder::kGuarded);
    EXPECT_FALSE(std::all_of(block, block + 1000, [](std::uint8_t byte) { return byte == 0; }));
    const auto* const zeroed = static_cast<std::uint8_t*>(allocate_zeroed(1000, 1, here()));
    EXPECT_EQ(holder_of(zeroed), Holder::kGuarded);
    EXPECT_TRUE(std::all_of(zeroed, zeroed + 1000, [](std::uint8_t byte) { return byte == 0; }));
  };
  EXPECT_EXIT(in_child(of_all(), check), testing::ExitedWithCode(0), "");
}

TEST_F(GuardsDeathTest, WhereMemoryIsLimitedNoneIsGuarded) {
  const auto check = [] {
    const rlimit limit{std::uint64_t{1} << 46, std::uint64_t{1} << 46};
    setrlimit(RLIMIT_AS, &limit);
    for (int i = 0; i < 3; ++i) EXPECT_EQ(holder_for(100), Holder::kArena);
  };
  EXPECT_EXIT(
      in_child(of_all(), check), testing::ExitedWithCode(0),
      "^==[0-9]+==WARNING: Padlock: guard_all: no block is guarded: memory is limited, or all of it is "
      "locked\n$");
}

TEST_F(GuardsDeathTest, WhatIsTooLongForTheirPagesIsNotGuarded) {
  const auto check = [] {
    settings.large_threshold = 2_MiB;
    EXPECT_EQ(holder_for(500'000), Holder::kGuarded);
    EXPECT_EQ(holder_for(1'000'000), Holder::kArena);
    EXPECT_EQ(holder_for(1'000'000), Holder::kArena);
  };
  EXPECT_EXIT(
      in_child(of_all(), check), testing::ExitedWithCode(0),
      "^==[0-9]+==WARNING: Padlock: guard_all: blocks of more than 504 KiB, less than large_threshold_kb, "
      "are not guarded\n$");
}

void use_up_memory_for_guards() {
  std::vector<void*> blocks;
  for (int i = 0; i < 40; ++i) blocks.push_back(allocate({100}, PADLOCK_CALLER_STATE()));
  const auto guarded = std::count_if(blocks.begin(), blocks.end(), [](const void* block) {
    return place_of(address_of(block)).holder == Holder::kGuarded;
  });
  EXPECT_EQ(guarded, 16);
  EXPECT_EQ(guard_sites.share().guarded, 16U);
  EXPECT_EQ(guard_sites.share().blocks, 40U);
  // As many as are freed.
  release(blocks[0], {}, PADLOCK_CALLER_STATE());
  EXPECT_EQ(place_of(address_of(allocate({100}, PADLOCK_CALLER_STATE()))).holder, Holder::kGuarded);
  EXPECT_EQ(place_of(address_of(allocate({100}, PADLOCK_CALLER_STATE()))).holder, Holder::kArena);
}

TEST_F(GuardsDeathTest, OnceTheMemoryForThemIsUsedUpThatIsSaid) {
  GuardLimits limits = of_all();
  limits.open_bytes = 64_KiB;
  const auto without_markers = [&] {
    os::forbid_guard_markers();
    in_child(limits, use_up_memory_for_guards);
  };
  EXPECT_EXIT(
      without_markers(), testing::ExitedWithCode(0),
      "^==[0-9]+==WARNING: Padlock: guard_all: the kernel has no guard markers .Linux 6.13., and no more "
      "mappings: from now on only as many blocks are guarded as are freed\n$");
}

TEST_F(GuardsDeathTest, WithMarkersItIsTheMemoryAlone) {
  GuardLimits limits = of_all();
  limits.open_bytes = 64_KiB;
  const auto with_markers = [&] {
    in_child(limits, [] {
      EXPECT_TRUE(guarded_blocks.begin());
      if (!guarded_blocks.has_markers()) {
        std::fputs("the memory for guarded blocks is used up: as the test has no markers", stderr);
        _exit(0);
      }
      use_up_memory_for_guards();
    });
  };
  EXPECT_EXIT(with_markers(), testing::ExitedWithCode(0), "the memory for guarded blocks is used up: ");
}

// The first ones of each site, those that it resizes among them.
TEST_F(GuardsDeathTest, TheFirstBlocksOfASiteAreGuarded) {
  GuardLimits limits;
  limits.per_site = 2;
  limits.any_time = true;
  const auto check = [] {
    std::vector<Holder> holders;
    for (int i = 0; i < 2; ++i) holders.push_back(holder_for(100));
    EXPECT_EQ(holders, (std::vector{Holder::kGuarded, Holder::kGuarded}));
    int guarded = 0;
    for (int i = 0; i < 60; ++i) {
      void* const block = allocate({100}, here());
      if (holder_of(block) == Holder::kGuarded) ++guarded;
    }
    EXPECT_GE(guarded, 2);
    EXPECT_LT(guarded, 40);
  };
  EXPECT_EXIT(in_child(limits, check), testing::ExitedWithCode(0), "");
}

TEST_F(GuardsDeathTest, TheFirstBlocksThatASiteResizesMoveToGuards) {
  std::vector<void*> blocks;
  for (int i = 0; i < 3; ++i) blocks.push_back(take(100));
  void* const of_new = take(100, Call::kNew);
  GuardLimits limits;
  limits.per_site = 2;
  limits.any_time = true;
  const auto check = [&] {
    give(take(10));
    give(take(10));
    give(take(10));  // they have begun
    const auto resize = [](void* block) { return reallocate(block, 110, PADLOCK_CALLER_STATE()); };
    std::memset(blocks[0], 0x5a, 100);
    void* const moved = resize(blocks[0]);
    EXPECT_EQ(holder_of(moved), Holder::kGuarded);
    EXPECT_EQ(static_cast<std::uint8_t*>(moved)[99], 0x5a);
    EXPECT_EQ(usable_size(moved, here()), 110U);
    EXPECT_EQ(holder_of(reallocate(of_new, 110, here())), Holder::kArena) << "a mismatch";
    EXPECT_EQ(resize(static_cast<std::uint8_t*>(blocks[1]) + 16), nullptr);
  };
  EXPECT_EXIT(in_child(limits, check), testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace padlock::runtime::take_checks
