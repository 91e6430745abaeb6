// Indices of threads: in order, each once, given again when all are taken; and what is known of the threads
// that have them, in the process and in a forked child.
#include "runtime/threads/thread_registry.h"

#include <gtest/gtest.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <memory>
#include <new>
#include <string>
#include <thread>

#include "base/arith.h"
#include "os/memory.h"
#include "os/thread.h"

namespace padlock::runtime::thread_registry_checks {
namespace {

constexpr std::uint32_t kLast = 65535;

// With nothing entered; it is too large for a stack.
std::unique_ptr<ThreadRegistry> registry() { return std::make_unique<ThreadRegistry>(); }

TEST(ThreadRegistry, GivesEveryIndexOnceInOrderThenThoseOfThreadsThatHaveEnded) {
  const auto threads = registry();
  for (std::uint32_t i = 1; i <= kLast; ++i) ASSERT_EQ(threads->enter(), i);
  EXPECT_EQ(threads->enter(), 0U);
  threads->leave(0);
  EXPECT_EQ(threads->enter(), 0U);
  for (const std::uint16_t free : {std::uint16_t{1}, std::uint16_t{kLast}, std::uint16_t{300}}) {
    threads->leave(free);
    EXPECT_EQ(threads->enter(), free);
    EXPECT_EQ(threads->enter(), 0U);
  }
}

// With a page behind it that nobody may read.
TEST(ThreadRegistry, OfAllThreadsTheLastOneIsTheLastThatIsLookedAt) {
  constexpr std::size_t kPage = 4096;
  constexpr std::size_t kSize = align_up(sizeof(ThreadRegistry), kPage);
  void* const pages = os::map(kSize + kPage, os::Protection::kNone);
  ASSERT_NE(pages, nullptr);
  ASSERT_TRUE(os::protect(pages, kSize, os::Protection::kReadWrite));
  auto* const threads = new (static_cast<std::byte*>(pages) + kSize - sizeof(ThreadRegistry)) ThreadRegistry;
  for (std::uint32_t i = 1; i <= kLast; ++i) ASSERT_EQ(threads->enter(), i);
  threads->set_stack(kLast, {7000, 7100});
  EXPECT_EQ(threads->stack_at(7000).end, 7100U);
  EXPECT_EQ(threads->stack_at(8000).size(), 0U);
  EXPECT_EQ(threads->stack_of(os::thread_id() + 1).size(), 0U);
  os::unmap(pages, kSize + kPage);
}

TEST(ThreadRegistry, AnIndexIsNotGivenAgainBeforeAllAre) {
  const auto threads = registry();
  EXPECT_EQ(threads->enter(), 1U);
  threads->leave(1);
  EXPECT_EQ(threads->enter(), 2U);
}

TEST(ThreadRegistry, FindsAStackByAddressAndByThread) {
  const auto threads = registry();
  const std::int32_t own = os::thread_id();
  for (std::uint16_t i = 1; i <= 5; ++i) {
    ASSERT_EQ(threads->enter(), i);
    threads->set_stack(i, {i * 1000U, i * 1000U + 100U});
  }
  EXPECT_EQ(threads->stack_of(own).begin, 1000U);
  EXPECT_EQ(threads->stack_of(own).end, 1100U);
  EXPECT_EQ(threads->stack_of(own + 1).size(), 0U);
  for (std::uint16_t i = 1; i <= 5; ++i) {
    EXPECT_EQ(threads->stack_at(i * 1000U).begin, i * 1000U);
    EXPECT_EQ(threads->stack_at(i * 1000U + 99U).end, i * 1000U + 100U);
    EXPECT_EQ(threads->stack_at(i * 1000U - 1).size(), 0U);
    EXPECT_EQ(threads->stack_at(i * 1000U + 100U).size(), 0U);
  }
  threads->leave(1);
  threads->leave(3);
  EXPECT_EQ(threads->stack_at(3000).size(), 0U);
  EXPECT_EQ(threads->stack_at(5000).begin, 5000U);
  EXPECT_EQ(threads->stack_of(own).begin, 2000U);
  // The next thread that gets an index has no stack before it says so.
  for (std::uint32_t i = 6; i <= kLast; ++i) ASSERT_EQ(threads->enter(), i);
  ASSERT_EQ(threads->enter(), 1U);
  EXPECT_EQ(threads->stack_at(1000).size(), 0U);
}

TEST(ThreadRegistry, KnowsAThreadsNameAsItWasAtItsEnd) {
  const auto threads = registry();
  std::int32_t system_id = 0;
  std::thread([&] {
    system_id = os::thread_id();
    prctl(PR_SET_NAME, "sixteen-letters");
    ASSERT_EQ(threads->enter(), 1U);
    EXPECT_TRUE(threads->describe(1).alive);
    EXPECT_EQ(std::string(threads->describe(1).name), "sixteen-letters");
    EXPECT_EQ(threads->describe(1).system_id, system_id);
    threads->leave(1);
    prctl(PR_SET_NAME, "another");
  }).join();
  const ThreadInfo ended = threads->describe(1);
  EXPECT_FALSE(ended.alive);
  EXPECT_EQ(ended.system_id, system_id);
  EXPECT_EQ(std::string(ended.name), "sixteen-letters");
}

TEST(ThreadRegistry, InAChildOnlyTheCallerLivesOnUnderAnotherIndex) {
  const auto threads = registry();
  EXPECT_EQ(threads->first_own(), 0U);
  for (std::uint16_t i = 1; i <= 3; ++i) {
    threads->enter();
    threads->set_stack(i, {i * 1000U, i * 1000U + 100U});
  }
  const std::uint16_t own = threads->only_survivor(2, {7000, 7100});
  EXPECT_EQ(own, 4U);
  EXPECT_EQ(threads->first_own(), 4U);
  for (std::uint16_t i = 1; i <= 3; ++i) {
    EXPECT_FALSE(threads->describe(i).alive);
    EXPECT_EQ(threads->stack_at(i * 1000U).size(), 0U);
  }
  EXPECT_TRUE(threads->describe(4).alive);
  EXPECT_EQ(threads->stack_at(7000).begin, 7000U);
  EXPECT_EQ(threads->stack_of(os::thread_id()).end, 7100U);
  EXPECT_EQ(threads->enter(), 5U);
}

TEST(ThreadRegistry, OfACallerThatIsNotKnownNothingGoesOn) {
  const auto threads = registry();
  threads->enter();
  EXPECT_EQ(threads->only_survivor(0, {7000, 7100}), 0U);
  EXPECT_EQ(threads->first_own(), 2U);
  EXPECT_EQ(threads->stack_at(7000).size(), 0U);
  EXPECT_EQ(threads->enter(), 2U);
}

// The parent's threads are not this process's, so their indices are free.
TEST(ThreadRegistry, WhenIndicesBeginAnewTheParentsAreGivenAgain) {
  const auto threads = registry();
  for (std::uint32_t i = 1; i <= kLast - 2; ++i) threads->enter();
  EXPECT_EQ(threads->only_survivor(1, {}), kLast - 1);
  EXPECT_EQ(threads->enter(), kLast);
  EXPECT_EQ(threads->first_own(), kLast - 1);
  for (std::uint32_t i = 1; i <= kLast - 2; ++i) ASSERT_EQ(threads->enter(), i);
  EXPECT_EQ(threads->first_own(), 0U);
  EXPECT_EQ(threads->enter(), 0U);
}

TEST(ThreadRegistry, OfNoThreadNothingIsKept) {
  const auto threads = registry();
  threads->leave(0);
  EXPECT_EQ(std::string(threads->describe(0).name), "");
  EXPECT_FALSE(threads->describe(0).alive);
}

// Whether the caller is known or not.
TEST(ThreadRegistry, InAChildOfAProcessWithEveryIndexTakenNobodyElseLives) {
  for (const std::uint16_t caller : {std::uint16_t{0}, std::uint16_t{9}}) {
    const auto threads = registry();
    for (std::uint32_t i = 1; i <= kLast; ++i) threads->enter();
    threads->set_stack(5, {1000, 1100});
    threads->set_stack(kLast, {2000, 2100});
    threads->only_survivor(caller, {});
    EXPECT_EQ(threads->stack_at(1000).size(), 0U);
    EXPECT_EQ(threads->stack_at(2000).size(), 0U);
    EXPECT_FALSE(threads->describe(kLast).alive);
  }
}

TEST(ThreadRegistry, AChildOfAProcessWithEveryIndexTakenBeginsAnew) {
  const auto threads = registry();
  for (std::uint32_t i = 1; i <= kLast; ++i) threads->enter();
  EXPECT_EQ(threads->only_survivor(9, {}), 1U);
  EXPECT_EQ(threads->first_own(), 0U);
  EXPECT_EQ(threads->enter(), 2U);
}

}  // namespace
}  // namespace padlock::runtime::thread_registry_checks
