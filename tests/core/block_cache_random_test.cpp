// Several caches in front of one heap, at random, against a simple model: blocks are disjoint, long enough
// and say whose they are; contents stay; every block is live or in exactly one cache or the heap's; the
// quarantines are bounded and hold what they can; a check is always clean; and in the end the heap has
// everything back. And all of it is what it was before, to the address.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <map>
#include <memory>
#include <vector>

#include "core/cache/block_cache.h"
#include "core/dice.h"
#include "core/heap/heap.h"
#include "core/record.h"
#include "core/test_heap.h"

namespace padlock::core {
namespace {

using test::at;
using test::TestHeap;
using test::TestHeapOptions;

constexpr std::size_t kCaches = 3;

struct Held {
  std::size_t size = 0;
  Origin origin = Origin::kMalloc;
  std::uint64_t number = 0;
  std::uint8_t fill = 0;
};

// A cache and its slots.
struct Front {
  Front(const Keys& keys, std::size_t slots, std::size_t bytes)
      : quarantine(slots), ready(ReadyBlocks::slots_needed()), cache(keys, quarantine, bytes, true, ready) {}

  std::vector<BlockSlot> quarantine;
  std::vector<BlockSlot> ready;
  BlockCache cache;
};

class CachePlayer {
 public:
  CachePlayer(std::uint64_t seed, std::size_t slots, std::size_t bytes, test::Record& record)
      : random_(seed), most_blocks_(slots), most_bytes_(bytes), heap_(with_caches()), record_(record) {
    for (std::size_t i = 0; i < kCaches; ++i) {
      fronts_.push_back(std::make_unique<Front>(heap_.heap.keys(), slots, bytes));
    }
  }

  void play(int steps) {
    for (int i = 0; i < steps && !testing::Test::HasFatalFailure(); ++i) {
      step();
      ASSERT_TRUE(heap_.faults.empty()) << "a false alarm in step " << i;
      expect_counts();
      if (i % 16 == 0) {
        ASSERT_EQ(heap_.check(), 0U) << "step " << i;
      }
    }
    if (!testing::Test::HasFatalFailure()) finish();
  }

 private:
  TestHeapOptions with_caches() {
    TestHeapOptions options;
    options.region_bytes = std::size_t{1} << 20;
    options.config.is_cached = [](const BlockHeader* block, const void* player) {
      return static_cast<const CachePlayer*>(player)->holders(block) != 0;
    };
    options.config.cached_context = this;
    return options;
  }

  [[nodiscard]] std::size_t holders(const BlockHeader* block) const {
    return static_cast<std::size_t>(
        std::ranges::count_if(fronts_, [&](const auto& front) { return front->cache.holds(block); }));
  }

  BlockCache& any_cache() { return fronts_[random_.below(kCaches)]->cache; }

  // Many of a few sizes, so that caches fill up.
  std::size_t any_size() {
    constexpr std::array<std::size_t, 6> kCommon = {24, 100, 1000, 1100, 9000, 30000};
    return random_.below(4) == 0 ? random_.below(size_class::kMostRequested + 1) : kCommon[random_.below(6)];
  }

  void step() {
    const std::uint32_t dice = random_.below(100);
    // Ebb and flow.
    const bool grows = live_.size() < 4 || (phase_++ / 200 % 2 == 0 && live_.size() < 300);
    if (dice < (grows ? 60U : 30U)) {
      allocate();
    } else if (dice < 90 && !live_.empty()) {
      free_one();
    } else if (dice < 99 && !live_.empty()) {
      resize_one();
    } else {
      drain(any_cache());
    }
  }

  AllocRequest request_of(std::size_t size) {
    AllocRequest request;
    request.size = size;
    request.origin = static_cast<Origin>(random_.below(3));
    request.by = {random_.below(1000), static_cast<std::uint16_t>(random_.below(100)), ++number_};
    return request;
  }

  void allocate() {
    BlockCache& cache = any_cache();
    const AllocRequest request = request_of(any_size());
    const std::uint32_t size_class = size_class::at_least(granules_for(request.size));
    if (!cache.has_ready(request.size)) refill(cache, size_class);
    BlockSlot suspect;
    auto* const memory = static_cast<char*>(cache.allocate(request, suspect));
    ASSERT_EQ(suspect.block, nullptr);
    record_.add(at(memory));
    if (memory != nullptr) add(memory, request);
  }

  void refill(BlockCache& cache, std::uint32_t size_class) {
    std::array<BlockSlot, 64> lent;
    const std::size_t wanted = std::min(cache.refill_count(size_class), lent.size());
    const std::size_t count = heap_.heap.lend(size_class::granules_of(size_class),
                                              std::span(lent).first(wanted), number_, heap_.faults);
    for (std::size_t i = 0; i < count; ++i) cache.add(size_class, lent[i]);
    take_surplus(cache);
  }

  void add(char* memory, const AllocRequest& request) {
    ASSERT_EQ(at(memory) % kGranule, 0U);
    const auto after = live_.lower_bound(memory);
    if (after != live_.end()) {
      ASSERT_LE(at(memory) + request.size + kMinPadding + kHeaderSize, at(after->first));
    }
    if (after != live_.begin()) {
      const auto before = std::prev(after);
      ASSERT_GE(at(memory), at(before->first) + before->second.size + kMinPadding + kHeaderSize);
    }
    expect_identity(memory, request.size, request.origin, request.by);
    const auto fill = static_cast<std::uint8_t>(random_.next());
    std::memset(memory, fill, request.size);
    live_[memory] = {request.size, request.origin, request.by.number, fill};
    bytes_ += request.size;
  }

  void expect_identity(const char* memory, std::size_t size, Origin origin, const Caller& by) {
    const BlockSnapshot block = heap_.heap.find_block(at(memory));
    ASSERT_EQ(block.user, at(memory));
    ASSERT_TRUE(block.sealed);
    ASSERT_EQ(block.state, BlockState::kLive);
    ASSERT_EQ(block.requested, size);
    ASSERT_LE(kHeaderSize + size + kMinPadding, block.block_size);
    ASSERT_EQ(block.origin, origin);
    ASSERT_EQ(block.number, by.number);
    ASSERT_EQ(block.alloc_trace, by.trace);
    ASSERT_EQ(block.alloc_thread, by.thread);
    ASSERT_EQ(holders(BlockHeader::of_user(memory)), 0U) << "handed out, and still held";
  }

  std::map<char*, Held>::iterator any_block() {
    return std::next(live_.begin(), random_.below(static_cast<std::uint32_t>(live_.size())));
  }

  void expect_contents(const char* memory, const Held& held, std::size_t size) {
    ASSERT_TRUE(std::all_of(memory, memory + size,
                            [&](char c) { return static_cast<std::uint8_t>(c) == held.fill; }));
  }

  void free_one() {
    const auto it = any_block();
    const auto [memory, held] = *it;
    expect_contents(memory, held, held.size);
    BlockCache& cache = any_cache();
    const std::size_t blocks = cache.quarantined_blocks();
    const std::size_t bytes = cache.quarantined_bytes();
    const std::size_t block_bytes = heap_.heap.find_block(at(memory)).block_size;
    FreeRequest request;
    request.origin = held.origin;
    request.by = {random_.below(1000), static_cast<std::uint16_t>(random_.below(100)), 0};
    const bool taken = cache.deallocate(memory, request);
    record_.add(taken);
    // The last block of a run may be longer than what caches take.
    ASSERT_EQ(taken, block_bytes <= size_class::kMostGranules * kGranule);
    if (!taken) heap_.heap.deallocate(memory, request, heap_.faults);
    if (taken && bytes + block_bytes <= most_bytes_ - most_bytes_ / 8 && blocks + 1 < most_blocks_) {
      ASSERT_EQ(cache.quarantined_blocks(), blocks + 1) << "what there is room for stays";
    }
    take_surplus(cache);
    ASSERT_LE(cache.quarantined_bytes(), most_bytes_);
    const BlockSnapshot block = heap_.heap.find_block(at(memory));
    if (block.user == at(memory) && block.number == held.number) {  // not merged, not in use again
      ASSERT_NE(block.state, BlockState::kLive);
      ASSERT_EQ(block.free_trace, request.by.trace);
      ASSERT_EQ(block.free_thread, request.by.thread);
    }
    bytes_ -= held.size;
    live_.erase(it);
  }

  void resize_one() {
    const auto it = any_block();
    const auto [memory, held] = *it;
    AllocRequest request = request_of(any_size());
    request.origin = held.origin;
    const bool resized = any_cache().resize(memory, request);
    record_.add(resized);
    if (!resized) return;
    expect_contents(memory, held, std::min(held.size, request.size));
    bytes_ -= held.size;
    live_.erase(it);
    add(memory, request);
  }

  void take_back(std::span<const BlockSlot> slots) {
    for (const BlockSlot& slot : slots) record_.add(at(slot.block));
    for (const BlockSlot& slot : slots) heap_.heap.take_back(slot, Moment::kEviction, heap_.faults);
  }

  void take_surplus(BlockCache& cache) {
    const bool counts = cache.has_surplus() && random_.below(8) == 0;
    const std::size_t before = counts ? held_by(cache) : 0;
    std::size_t given = 0;
    std::array<BlockSlot, BlockCache::kSurplus> taken;
    while (const std::size_t count = cache.take_surplus(taken)) {
      take_back(std::span(taken).first(count));
      given += count;
    }
    if (counts) {
      ASSERT_EQ(before, cache.quarantined_blocks() + cache.ready_blocks() + cache.kept_blocks() + given);
    }
    if (cache.are_kept_due()) take_kept(cache);
    ASSERT_FALSE(cache.has_surplus());
  }

  // As it says of every block there is.
  std::size_t held_by(const BlockCache& cache) const {
    const test::Blocks blocks(heap_.heap);
    return static_cast<std::size_t>(std::ranges::count_if(blocks.all, [&](const BlockSnapshot& block) {
      return cache.holds(reinterpret_cast<const BlockHeader*>(block.header));
    }));
  }

  void drain(BlockCache& cache) {
    std::array<BlockSlot, BlockCache::kSurplus> taken;
    while (const std::size_t count = cache.drain(taken)) {
      take_back(std::span(taken).first(count));
      take_kept(cache);
    }
    take_kept(cache);
    ASSERT_EQ(cache.quarantined_blocks() + cache.ready_blocks() + cache.kept_blocks(), 0U);
  }

  void take_kept(BlockCache& cache) {
    std::array<BlockSlot, BlockCache::kKept> taken;
    take_back(std::span(taken).first(cache.take_kept(taken)));
    ASSERT_EQ(cache.kept_bytes(), 0U);
  }

  void expect_counts() {
    std::size_t blocks = live_.size();
    std::size_t bytes = bytes_;
    std::size_t delta = 0;
    for (const auto& front : fronts_) {
      const BlockCache& cache = front->cache;
      const std::size_t held = cache.quarantined_blocks() + cache.ready_blocks() + cache.kept_blocks();
      blocks += held;
      bytes += cache.quarantined_bytes() + cache.ready_bytes() + cache.kept_bytes() - held * kHeaderSize;
      delta += cache.live_bytes_delta();
      record_.add(cache.quarantined_blocks(), cache.quarantined_bytes(), cache.kept_blocks(),
                  cache.kept_bytes(), cache.ready_blocks(), cache.ready_bytes(), cache.has_surplus());
    }
    ASSERT_EQ(heap_.heap.stats().live_blocks, blocks) << "no block is lost, none is in two places";
    ASSERT_EQ(heap_.heap.stats().live_bytes + delta, bytes);
  }

  void finish() {
    while (!live_.empty() && !testing::Test::HasFatalFailure()) free_one();
    for (const auto& front : fronts_) drain(front->cache);
    ASSERT_EQ(heap_.heap.stats().live_blocks, 0U);
    heap_.drain();
    ASSERT_EQ(heap_.check(), 0U);
    ASSERT_TRUE(heap_.faults.empty());
    ASSERT_TRUE(heap_.guards_intact());
    const HeapStats stats = heap_.heap.stats();
    ASSERT_EQ(stats.free_bytes + stats.unallocated_bytes, heap_.region_bytes());
  }

  test::Dice random_;
  std::size_t most_blocks_;
  std::size_t most_bytes_;
  TestHeap heap_;
  test::Record& record_;
  std::vector<std::unique_ptr<Front>> fronts_;
  std::map<char*, Held> live_;
  std::size_t bytes_ = 0;
  std::uint64_t number_ = 0;
  std::uint64_t phase_ = 0;
};

TEST(BlockCacheRandom, SmallQuarantines) {
  test::Record record;
  for (std::uint64_t seed = 0; seed < 40 && !testing::Test::HasFatalFailure(); ++seed) {
    SCOPED_TRACE(seed);
    CachePlayer(seed, 8, 10000, record).play(1500);
  }
  EXPECT_TRUE(record.is(0x3e1f6ac8ca2d8425)) << std::hex << record.digest();
}

TEST(BlockCacheRandom, NoQuarantine) {
  test::Record record;
  CachePlayer(1, 8, 0, record).play(6000);
  EXPECT_TRUE(record.is(0x109865c740492015)) << std::hex << record.digest();
}

TEST(BlockCacheRandom, LargeQuarantine) {
  test::Record record;
  CachePlayer(2, 400, 100000, record).play(6000);
  EXPECT_TRUE(record.is(0x2c11e261962c5556)) << std::hex << record.digest();
}

}  // namespace
}  // namespace padlock::core
