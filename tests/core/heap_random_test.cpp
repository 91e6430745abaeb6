// Random sequences of every operation against a simple model: blocks are disjoint and aligned, contents
// stay, sizes are exact, every byte of every region is accounted for, nothing is ever reported, and in the
// end each region is one free block. And all of it is what it was before, to the address.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>

#include "core/dice.h"
#include "core/heap/heap.h"
#include "core/record.h"
#include "core/test_heap.h"

namespace padlock::core {
namespace {

using test::at;
using test::Blocks;
using test::TestHeap;
using test::TestHeapOptions;

struct Model {
  std::size_t size = 0;
  std::size_t alignment = 0;
  std::uint8_t fill = 0;
};

class Player {
 public:
  Player(std::uint64_t seed, const TestHeapOptions& options, test::Record& record)
      : random_(seed), heap_(options), record_(record) {}

  void play(int steps) {
    for (int i = 0; i < steps && !testing::Test::HasFatalFailure(); ++i) {
      step();
      ASSERT_TRUE(heap_.faults.empty()) << "a false alarm in step " << i;
      expect_stats();
      if (i % 16 == 0) {
        ASSERT_EQ(heap_.check(), 0U) << "step " << i;
      }
    }
    if (!testing::Test::HasFatalFailure()) finish();
  }

 private:
  void step() {
    const std::uint32_t dice = random_.below(100);
    if (dice < 40 || live_.empty()) {
      allocate();
    } else if (dice < 75) {
      free_one();
    } else if (dice < 94) {
      resize_one();
    } else if (dice < 97) {
      heap_.heap.coalesce(1 + random_.below(8), heap_.faults);
    } else if (dice < 98) {
      heap_.heap.flush_quarantine(heap_.faults);
    } else if (dice < 99 && regions_ < 3) {
      regions_ += heap_.add_region(1024 + 16 * random_.below(512)) ? 1 : 0;
    } else {
      expect_walk();
    }
  }

  std::size_t any_size() {
    switch (random_.below(4)) {
      case 0:
        return random_.below(32);
      case 1:
        return random_.below(200);
      case 2:
        return random_.below(1500);
      default:
        return 16 * random_.below(20);
    }
  }

  void allocate() {
    const std::size_t size = any_size();
    const std::size_t alignment = random_.below(5) == 0 ? std::size_t{1} << random_.below(11) : 0;
    char* const p = heap_.allocate(size, alignment);
    record_.add(at(p));
    add(p, size, alignment);
  }

  void add(char* p, std::size_t size, std::size_t alignment) {
    if (p == nullptr) return;
    ASSERT_EQ(at(p) % std::max(alignment, kGranule), 0U);
    const auto after = live_.lower_bound(p);
    if (after != live_.end()) {
      ASSERT_LE(at(p) + size + kMinPadding + kHeaderSize, at(after->first));
    }
    if (after != live_.begin()) {
      const auto before = std::prev(after);
      ASSERT_GE(at(p), at(before->first) + before->second.size + kMinPadding + kHeaderSize);
    }
    const auto fill = static_cast<std::uint8_t>(random_.next());
    std::memset(p, fill, size);
    live_[p] = {size, alignment, fill};
    bytes_ += size;
  }

  std::map<char*, Model>::iterator any_block() {
    auto it = live_.begin();
    std::advance(it, random_.below(static_cast<std::uint32_t>(live_.size())));
    return it;
  }

  static bool holds(const char* p, const Model& model, std::size_t size) {
    return std::all_of(p, p + size, [&](char c) { return static_cast<std::uint8_t>(c) == model.fill; });
  }

  void free_one() {
    const auto it = any_block();
    ASSERT_TRUE(holds(it->first, it->second, it->second.size));
    heap_.free(it->first);
    bytes_ -= it->second.size;
    live_.erase(it);
  }

  void resize_one() {
    const auto it = any_block();
    const auto [p, model] = *it;
    const std::size_t size = any_size();
    char* q = heap_.reallocate(p, size);
    record_.add(at(q));
    if (q == nullptr) {
      ASSERT_TRUE(holds(p, model, model.size));
      return;
    }
    ASSERT_TRUE(holds(q, model, std::min(size, model.size)));
    bytes_ -= model.size;
    live_.erase(it);
    add(q, size, 0);
  }

  void expect_stats() {
    const HeapStats stats = heap_.heap.stats();
    ASSERT_EQ(stats.live_blocks, live_.size());
    ASSERT_EQ(stats.live_bytes, bytes_);
    ASSERT_EQ(stats.condemned_bytes, 0U);
    ASSERT_EQ(heap_.accounted_bytes(), heap_.region_bytes());
    record_.add_stats(stats);
  }

  void expect_walk() {
    const Blocks blocks(heap_.heap);
    ASSERT_EQ(blocks.count(BlockState::kLive), live_.size());
    for (const BlockSnapshot& block : blocks.all) {
      ASSERT_TRUE(block.sealed);
      record_.add_block(block);
      if (block.state != BlockState::kLive) continue;
      const auto it = live_.find(reinterpret_cast<char*>(block.user));
      ASSERT_NE(it, live_.end());
      ASSERT_EQ(block.requested, it->second.size);
    }
  }

  void finish() {
    for (const auto& [p, model] : live_) heap_.free(p);
    heap_.drain();
    ASSERT_EQ(heap_.check(), 0U);
    ASSERT_TRUE(heap_.faults.empty());
    ASSERT_TRUE(heap_.guards_intact());
    const Blocks blocks(heap_.heap);
    const HeapStats stats = heap_.heap.stats();
    ASSERT_EQ(blocks.count(BlockState::kFree), blocks.all.size());
    ASSERT_LE(blocks.all.size(), stats.regions) << "one free block a region";
    ASSERT_EQ(stats.live_bytes, 0U);
    ASSERT_EQ(stats.free_bytes + stats.unallocated_bytes, heap_.region_bytes());
  }

  test::Dice random_;
  TestHeap heap_;
  test::Record& record_;
  std::map<char*, Model> live_;
  std::size_t bytes_ = 0;
  unsigned regions_ = 1;
};

TEST(HeapRandom, ManySeedsAndOddConfigurations) {
  test::Record record;
  for (std::uint64_t seed = 0; seed < 600; ++seed) {
    SCOPED_TRACE(seed);
    test::Dice random(seed + 1000);
    TestHeapOptions options;
    options.region_bytes = 2048 + 8 * random.below(2000);
    options.region_alignment = std::size_t{16} << random.below(9);
    options.slots = random.below(3) == 0 ? random.below(3) : 40;
    options.config.key = random.next();
    options.config.seed = random.next();
    options.config.quarantine_bytes = random.below(3) == 0 ? 0 : random.below(4000);
    options.config.coalesce_ready_bytes = random.below(3) == 0 ? 0 : random.below(8000);
    options.config.coalesce_batch = random.below(5);
    Player(seed, options, record).play(400);
    if (HasFatalFailure()) return;
  }
  EXPECT_TRUE(record.is(0x4b057517ddc0ed07)) << std::hex << record.digest();
}

TEST(HeapRandom, ALargerHeapForLonger) {
  TestHeapOptions options;
  options.region_bytes = 512 * 1024;
  options.slots = 1000;
  options.config.quarantine_bytes = 64 * 1024;
  test::Record record;
  for (std::uint64_t seed = 0; seed < 4; ++seed) Player(seed, options, record).play(6000);
  EXPECT_TRUE(record.is(0xda1d0c286384deee)) << std::hex << record.digest();
}

}  // namespace
}  // namespace padlock::core
