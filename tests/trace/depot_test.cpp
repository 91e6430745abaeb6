// The depot: one id a stack, whatever the threads and the room.
#include "trace/depot.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <thread>
#include <vector>

#include "os/memory.h"

namespace padlock::trace {
namespace {

using Stack = std::vector<std::uintptr_t>;

constexpr std::size_t kMegabyte = std::size_t{1} << 20;

Stack numbered(std::uintptr_t number, std::size_t depth = 4) {
  Stack pcs(depth);
  for (std::size_t i = 0; i < depth; ++i) pcs[i] = 0x400000 + number * 64 + i;
  return pcs;
}

std::uint64_t hash_of(const Stack& pcs) {
  std::uint64_t hash = pcs.size();
  for (const std::uintptr_t pc : pcs) {
    hash = (hash ^ pc) * 0x9e3779b97f4a7c15U;
    hash ^= hash >> 29;
  }
  return hash;
}

Stack fetch(const Depot& depot, TraceId id) {
  Stack pcs(kMaxDepth);
  pcs.resize(depot.fetch(id, pcs));
  return pcs;
}

TEST(Depot, AStackHasOneIdAndComesBackWhole) {
  Depot depot;
  depot.init(kMegabyte);
  const Stack first = numbered(1, 1);
  const Stack second = numbered(2, kMaxDepth);
  EXPECT_EQ(depot.intern(first, hash_of(first)), 1U);
  EXPECT_EQ(depot.intern(second, hash_of(second)), 2U);
  EXPECT_EQ(depot.intern(first, hash_of(first)), 1U);
  EXPECT_EQ(fetch(depot, 1), first);
  EXPECT_EQ(fetch(depot, 2), second);
  EXPECT_EQ(depot.size(), 2U);
  EXPECT_FALSE(depot.degraded());
}

TEST(Depot, UnknownIdsHaveNoStack) {
  Depot depot;
  depot.init(kMegabyte);
  const Stack pcs = numbered(1);
  depot.intern(pcs, hash_of(pcs));
  Stack out(kMaxDepth, 7);
  for (const TraceId id : {0U, 2U, 0xffffffU, 0xffffffffU}) EXPECT_EQ(depot.fetch(id, out), 0U) << id;
  EXPECT_EQ(out, Stack(kMaxDepth, 7));
}

TEST(Depot, AShortBufferGetsTheInnermostFrames) {
  Depot depot;
  depot.init(kMegabyte);
  const Stack pcs = numbered(1, 5);
  const TraceId id = depot.intern(pcs, hash_of(pcs));
  Stack out(3, 7);
  EXPECT_EQ(depot.fetch(id, std::span(out).first(2)), 5U);
  EXPECT_EQ(out, (Stack{pcs[0], pcs[1], 7}));
}

TEST(Depot, EmptyAndOverlongStacksAreRefused) {
  Depot depot;
  depot.init(kMegabyte);
  EXPECT_EQ(depot.intern({}, 1), 0U);
  EXPECT_EQ(depot.intern(numbered(1, kMaxDepth + 1), 1), 0U);
  EXPECT_EQ(depot.size(), 0U);
  EXPECT_FALSE(depot.degraded());
}

TEST(Depot, NotSetUpEveryIdIsZero) {
  Depot depot;
  const Stack pcs = numbered(1);
  EXPECT_EQ(depot.intern(pcs, hash_of(pcs)), 0U);
  EXPECT_EQ(fetch(depot, 1), Stack{});
  EXPECT_EQ(depot.bytes_used(), 0U);
}

// How many more mappings the system makes, and how many bytes it has made.
std::size_t mappings_left;
std::size_t mapped_bytes;

void* map_a_few(std::size_t bytes) {
  if (mappings_left == 0) return nullptr;
  --mappings_left;
  mapped_bytes += bytes;
  return os::map(bytes, os::Protection::kReadWrite);
}

TEST(Depot, MapsLittleAtFirst) {
  Depot depot;
  mappings_left = 100;
  mapped_bytes = 0;
  depot.init(256 * kMegabyte, nullptr, map_a_few);
  EXPECT_EQ(mapped_bytes, 0U);
  for (std::uintptr_t i = 0; i < 100; ++i) ASSERT_NE(depot.intern(numbered(i), hash_of(numbered(i))), 0U);
  EXPECT_LE(mapped_bytes, kMegabyte);
}

// Whichever mapping is refused, ids are 0 for a while, and what there was before stays.
TEST(Depot, WithoutMemoryItGoesOnLater) {
  constexpr std::uintptr_t kStacks = 20'000;
  for (std::size_t refused = 0; refused < 7; ++refused) {
    static std::size_t told;
    told = 0;
    Depot depot;
    mappings_left = refused;
    depot.init(
        256 * kMegabyte,
        [](Depot::Shortage shortage) noexcept { told += shortage == Depot::Shortage::kNoMemory ? 1 : 100; },
        map_a_few);
    std::uintptr_t number = 0;
    while (number < kStacks && depot.intern(numbered(number), hash_of(numbered(number))) != 0) ++number;
    ASSERT_LT(number, kStacks) << refused;
    EXPECT_EQ(told, 1U);
    EXPECT_EQ(depot.intern(numbered(number), hash_of(numbered(number))), 0U);
    mappings_left = 1000;
    std::size_t without = 0;
    while (depot.intern(numbered(number), hash_of(numbered(number))) == 0 && without < 10'000) ++without;
    EXPECT_EQ(without, 999U) << refused;
    EXPECT_EQ(told, 1U);
    for (std::uintptr_t i = 0; i < kStacks; ++i) {
      const TraceId id = depot.intern(numbered(i), hash_of(numbered(i)));
      ASSERT_NE(id, 0U) << refused << ' ' << i;
      ASSERT_EQ(fetch(depot, id), numbered(i)) << refused << ' ' << i;
    }
    EXPECT_FALSE(depot.degraded());
  }
}

// Hashes that differ in one bit only: of a link's tag, or of the line. (0 is taken for 1.)
TEST(Depot, TheHashTellsStacksApart) {
  for (const std::uint64_t base : {std::uint64_t{2}, ~std::uint64_t{0}, std::uint64_t{0x8000000000000002}}) {
    Depot depot;
    depot.init(16 * kMegabyte);
    std::vector<std::uint64_t> hashes{base};
    for (unsigned bit = 0; bit < 40; ++bit) hashes.push_back(base ^ std::uint64_t{1} << bit);
    for (unsigned bit = 54; bit < 64; ++bit) hashes.push_back(base ^ std::uint64_t{1} << bit);
    for (int round = 0; round < 2; ++round) {
      for (std::size_t i = 0; i < hashes.size(); ++i) EXPECT_EQ(depot.intern(numbered(i), hashes[i]), i + 1);
    }
    for (std::size_t i = 0; i < hashes.size(); ++i)
      EXPECT_EQ(fetch(depot, static_cast<TraceId>(i + 1)), numbered(i));
    EXPECT_EQ(depot.size(), hashes.size());
  }
}

// Fills a depot and returns how many stacks it took.
std::size_t fill(Depot& depot, std::size_t depth) {
  for (std::uintptr_t i = 0;; ++i) {
    const Stack pcs = numbered(i, depth);
    if (depot.intern(pcs, hash_of(pcs)) == 0) return i;
  }
}

TEST(Depot, WhenItIsFullItKeepsWhatItHas) {
  constexpr std::size_t kBytes = 64 * 1024;
  for (const std::size_t depth : {std::size_t{1}, std::size_t{16}, kMaxDepth}) {
    Depot depot;
    depot.init(kBytes);
    const std::size_t taken = fill(depot, depth);
    EXPECT_TRUE(depot.degraded());
    EXPECT_EQ(depot.size(), taken);
    EXPECT_LE(depot.bytes_used(), kBytes);
    EXPECT_EQ(fetch(depot, static_cast<TraceId>(taken)), numbered(taken - 1, depth));
    const Stack known = numbered(taken / 2, depth);
    EXPECT_EQ(depot.intern(known, hash_of(known)), taken / 2 + 1);
    EXPECT_EQ(depot.intern(numbered(taken + 7, depth), hash_of(numbered(taken + 7, depth))), 0U);
    EXPECT_EQ(depot.size(), taken);
  }
}

TEST(Depot, TellsOnceThatItIsFull) {
  static std::size_t told;
  told = 0;
  Depot depot;
  depot.init(64 * 1024,
             [](Depot::Shortage shortage) noexcept { told += shortage == Depot::Shortage::kFull ? 1 : 100; });
  const std::size_t taken = fill(depot, 16);
  EXPECT_EQ(told, 1U);
  for (std::uintptr_t i = taken; i < taken + 100; ++i)
    depot.intern(numbered(i, 16), hash_of(numbered(i, 16)));
  EXPECT_EQ(told, 1U);
}

TEST(Depot, TakesEightBytesAFrameAndTwentyAStack) {
  Depot depot;
  depot.init(64 * kMegabyte);
  const std::size_t before = depot.bytes_used();
  for (std::uintptr_t i = 0; i < 1000; ++i) depot.intern(numbered(i, 16), hash_of(numbered(i, 16)));
  EXPECT_EQ(depot.bytes_used() - before, 1000 * (16 * 8 + 20));
}

// Ids for every 64 bytes; stacks in what index and places of ids leave, without the first word.
std::size_t stacks_in(std::size_t bytes, std::size_t depth) {
  const std::size_t ids = bytes / 64;
  const std::size_t words = (bytes - DepotIndex::bytes_for(ids) - 4 * (ids + 1)) / 8;
  return std::min(ids, (words - 1) / (1 + depth));
}

TEST(Depot, TakesWhatFitsIntoItsBytes) {
  const std::size_t page = os::page_size();
  struct Case {
    std::size_t asked, used;
  };
  for (const auto& [asked, used] : {Case{0, 4 * page}, Case{4 * page, 4 * page}, Case{5 * page - 1, 4 * page},
                                    Case{5 * page, 5 * page}, Case{15 * page, 15 * page}}) {
    for (std::size_t depth = 1; depth <= 12; ++depth) {
      Depot depot;
      depot.init(asked);
      EXPECT_EQ(fill(depot, depth), stacks_in(used, depth)) << asked << ' ' << depth;
    }
  }
}

// A stack that does not fit into what is left of 256 KiB begins behind them.
TEST(Depot, NoStackLiesAcrossTwoChunks) {
  constexpr std::size_t kChunk = 32 * 1024;  // words
  for (const std::size_t depth : {std::size_t{6}, std::size_t{30}, kMaxDepth - 1, kMaxDepth}) {
    Depot depot;
    depot.init(64 * kMegabyte);
    std::size_t words = 1;
    for (std::uintptr_t ids = 1; ids <= 10'000; ++ids) {
      const Stack pcs = numbered(ids, depth);
      ASSERT_EQ(depot.intern(pcs, hash_of(pcs)), ids);
      if (words % kChunk + 1 + depth > kChunk) words = (words / kChunk + 1) * kChunk;
      words += 1 + depth;
      ASSERT_EQ(depot.bytes_used(), 8 * ids + 4 * (ids + 1) + 8 * words) << depth << ' ' << ids;
    }
    for (std::uintptr_t ids = 1; ids <= 10'000; ++ids)
      ASSERT_EQ(fetch(depot, static_cast<TraceId>(ids)), numbered(ids, depth));
  }
}

TEST(Depot, KnowsTheGenerationThatAStackIsOf) {
  Depot depot;
  depot.init(0);
  EXPECT_EQ(depot.generation_of(1), 0U);
  std::uintptr_t taken = 0;
  for (;; ++taken) {
    const Stack pcs = numbered(taken, 1);
    if (depot.intern(pcs, hash_of(pcs), static_cast<std::uint32_t>(taken + 100)) == 0) break;
  }
  EXPECT_EQ(taken, 256U);  // all ids that there are
  for (TraceId id = 1; id <= taken; ++id) EXPECT_EQ(depot.generation_of(id), id + 99);
  const Stack known = numbered(0, 1);
  EXPECT_EQ(depot.intern(known, hash_of(known), 7), 1U);
  EXPECT_EQ(depot.generation_of(1), 100U);
  for (const TraceId id : {0U, 257U, 0xffffffU, 0xffffffffU}) EXPECT_EQ(depot.generation_of(id), 0U) << id;
}

TEST(Depot, ManyStacksMakeNewOnesShorter) {
  static std::size_t told;
  told = 0;
  Depot depot;
  depot.init(64 * kMegabyte, [](Depot::Shortage shortage) noexcept {
    told += shortage == Depot::Shortage::kManyStacks ? 1 : 100;
  });
  const auto intern_up_to = [&depot](std::uintptr_t stacks) {
    for (std::uintptr_t i = depot.size(); i < stacks; ++i)
      depot.intern(numbered(i, 1), hash_of(numbered(i, 1)));
  };
  intern_up_to(Depot::kManyStacks - 1);
  EXPECT_EQ(depot.depth_for(16), 16U);
  EXPECT_EQ(told, 0U);
  intern_up_to(Depot::kManyStacks);
  EXPECT_EQ(told, 1U);
  EXPECT_EQ(depot.depth_for(16), 8U);
  for (std::size_t wanted = 0; wanted <= 4; ++wanted) EXPECT_EQ(depot.depth_for(wanted), wanted);
  for (std::size_t wanted = 5; wanted <= 9; ++wanted) EXPECT_EQ(depot.depth_for(wanted), 4U);
  EXPECT_EQ(depot.depth_for(10), 5U);
  intern_up_to(2 * Depot::kManyStacks - 1);
  EXPECT_EQ(depot.depth_for(16), 8U);
  intern_up_to(2 * Depot::kManyStacks);
  EXPECT_EQ(depot.depth_for(64), 16U);
  EXPECT_EQ(depot.depth_for(16), 4U);
  EXPECT_EQ(told, 1U);
}

TEST(Depot, AMillionStacks) {
  constexpr std::uintptr_t kStacks = 1'000'000;
  Depot depot;
  depot.init(256 * kMegabyte);
  for (std::uintptr_t i = 0; i < kStacks; ++i) {
    const Stack pcs = numbered(i, 2);
    ASSERT_EQ(depot.intern(pcs, hash_of(pcs)), i + 1);
  }
  for (std::uintptr_t i = 0; i < kStacks; i += 997) {
    ASSERT_EQ(fetch(depot, static_cast<TraceId>(i + 1)), numbered(i, 2));
  }
  EXPECT_FALSE(depot.degraded());
}

// All threads intern the same stacks in the same order, so that they race for every link.
TEST(Depot, RacingThreadsAgreeOnEveryId) {
  constexpr int kThreads = 4;
  constexpr std::uintptr_t kStacks = 5'000;
  Depot depot;
  depot.init(64 * kMegabyte);
  std::vector<std::vector<TraceId>> ids(kThreads, std::vector<TraceId>(kStacks));
  std::vector<std::thread> threads;
  for (auto& mine : ids) {
    threads.emplace_back([&depot, &mine] {
      for (std::uintptr_t i = 0; i < kStacks; ++i) {
        const Stack pcs = numbered(i);
        mine[i] = depot.intern(pcs, hash_of(pcs) >> 6);  // to a few lines
        if (fetch(depot, mine[i]) != pcs) mine[i] = 0;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& mine : ids) EXPECT_EQ(mine, ids[0]);
  EXPECT_EQ(std::set<TraceId>(ids[0].begin(), ids[0].end()).size(), kStacks);
  EXPECT_EQ(ids[0].end(), std::find(ids[0].begin(), ids[0].end(), 0U));
  EXPECT_EQ(depot.size(), kStacks);
}

}  // namespace
}  // namespace padlock::trace
