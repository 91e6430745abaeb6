// Random bytes of the region flipped between random operations: the heap reports what it likes, but it never
// crashes, never loops, never touches a byte outside its regions, and never loses count of a byte.
// What it reports, and how it goes on, is what it was before, to the byte.
#include <gtest/gtest.h>

#include <vector>

#include "core/dice.h"
#include "core/heap/heap.h"
#include "core/record.h"
#include "core/stride.h"
#include "core/test_heap.h"

namespace padlock::core {
namespace {

using test::at;
using test::Blocks;
using test::TestHeap;
using test::TestHeapOptions;

class Vandal {
 public:
  Vandal(std::uint64_t seed, const TestHeapOptions& options, test::Record& record)
      : random_(seed), heap_(options), record_(record) {}

  void play(int steps, std::uint32_t damage_percent) {
    for (int i = 0; i < steps; ++i) {
      if (random_.below(100) < damage_percent) damage();
      step();
      verify_faults();
      ASSERT_EQ(heap_.accounted_bytes(), heap_.region_bytes()) << "step " << i;
      record_.add_stats(heap_.heap.stats());
      if (testing::Test::HasFatalFailure()) return;
    }
    for (char* p : live_) heap_.free(p);
    heap_.drain();
    verify_faults();
    // Everything that was hit is put aside or mended by now, or is reported by a last check.
    heap_.check();
    verify_faults();
    ASSERT_EQ(heap_.heap.stats().live_blocks, 0U);
    ASSERT_EQ(heap_.heap.stats().quarantined_blocks, 0U);
    ASSERT_EQ(heap_.accounted_bytes(), heap_.region_bytes());
    ASSERT_TRUE(heap_.guards_intact());
  }

 private:
  void step() {
    const std::uint32_t dice = random_.below(100);
    if (dice < 45 || live_.empty()) {
      const std::size_t alignment = random_.below(8) == 0 ? std::size_t{1} << random_.below(9) : 0;
      const std::size_t size = random_.below(300);
      char* const p = heap_.allocate(size, alignment);
      record_.add(at(p));
      if (p != nullptr) {
        std::memset(p, 0x77, size);
        live_.push_back(p);
      }
    } else if (dice < 75) {
      const std::size_t i = any();
      heap_.free(live_[i]);
      live_.erase(live_.begin() + static_cast<std::ptrdiff_t>(i));
    } else if (dice < 85) {
      char*& p = live_[any()];
      if (char* q = heap_.reallocate(p, random_.below(400)); q != nullptr) p = q;
    } else if (dice < 90) {
      heap_.heap.coalesce(random_.below(6), heap_.faults);
    } else if (dice < 92) {
      heap_.heap.flush_quarantine(heap_.faults);
    } else if (dice < 95) {
      heap_.check();
    } else if (dice < 97) {
      const Blocks blocks(heap_.heap);
      ASSERT_GE(blocks.all.size(), 1U);
      for (const BlockSnapshot& block : blocks.all) record_.add_block(block);
    } else {
      const std::uintptr_t address = at(heap_.region().data()) + random_.below(0x10000) - 0x1000;
      record_.add_block(heap_.heap.find_block(address));
      record_.add(heap_.heap.usable_size(reinterpret_cast<void*>(address), heap_.faults));
    }
  }

  void damage() {
    const std::span<std::byte> region = heap_.region();
    const std::size_t used = region.size() - heap_.heap.stats().unallocated_bytes;
    if (used == 0) return;
    const std::size_t begin = random_.below(static_cast<std::uint32_t>(used));
    const std::size_t length = random_.below(4) == 0 ? 1 + random_.below(200) : 1 + random_.below(8);
    const auto value = static_cast<std::byte>(random_.next());
    for (std::size_t i = begin; i < used && i < begin + length; ++i) {
      region[i] = random_.below(2) == 0 ? value : region[i] ^ value;
    }
  }

  // A fault speaks of memory of the heap only.
  void verify_faults() {
    const std::uintptr_t begin = at(heap_.region().data());
    const std::uintptr_t end = begin + heap_.region().size();
    for (std::size_t i = 0; i < heap_.faults.size(); ++i) {
      const Fault& fault = heap_.faults[i];
      ASSERT_NE(fault.kind, FaultKind::kNone);
      record_.add_fault(fault);
      if (fault.block.present()) {
        ASSERT_GE(fault.block.header, begin);
        ASSERT_LE(fault.block.user, end);
      }
      if (fault.damage.present()) {
        ASSERT_GE(fault.damage.address, begin);
        ASSERT_LE(fault.damage.address + fault.damage.length, end);
        ASSERT_GE(fault.damage.window.start, begin);
        ASSERT_LE(fault.damage.window.start + fault.damage.window.size, end);
      }
    }
    heap_.faults.clear();
  }

  std::size_t any() { return random_.below(static_cast<std::uint32_t>(live_.size())); }

  test::Dice random_;
  TestHeap heap_;
  test::Record& record_;
  std::vector<char*> live_;
};

void play_many(std::uint64_t first, std::uint64_t count, std::uint32_t damage_percent,
               std::uint64_t expected) {
  test::Record record;
  for (std::uint64_t seed = first; seed < first + count; seed += test::kStride) {
    SCOPED_TRACE(seed);
    test::Dice random(seed);
    TestHeapOptions options;
    options.region_bytes = 2048 + 16 * random.below(1500);
    options.config.key = random.next();
    options.config.quarantine_bytes = random.below(3) == 0 ? 0 : random.below(6000);
    options.config.coalesce_ready_bytes = random.below(2) == 0 ? SIZE_MAX : random.below(6000);
    Vandal(seed, options, record).play(300, damage_percent);
    if (testing::Test::HasFatalFailure()) return;
  }
  if (test::kStride == 1) {
    EXPECT_TRUE(record.is(expected)) << std::hex << record.digest();
  }
}

TEST(HeapHostile, DamageNowAndThen) { play_many(1, 1000, 3, 0xc83536a3d2113cf2); }
TEST(HeapHostile, DamageAllTheTime) { play_many(5000, 500, 60, 0x9fc967072fb7b007); }

TEST(HeapHostile, ARegionOverwrittenAltogether) {
  for (unsigned value = 0; value < 256; value += 5) {
    TestHeap heap;
    std::vector<char*> blocks;
    for (std::size_t i = 0; i < 60; ++i) blocks.push_back(heap.allocate(i * 7));
    for (std::size_t i = 0; i < 60; i += 2) heap.free(blocks[i]);
    heap.heap.coalesce(10, heap.faults);
    std::memset(heap.region().data(), static_cast<int>(value), heap.region().size());
    EXPECT_GT(heap.check(), 0U);
    for (char* p : blocks) heap.free(p);
    static_cast<void>(heap.allocate(100));
    heap.drain();
    EXPECT_EQ(heap.accounted_bytes(), heap.region_bytes());
    EXPECT_TRUE(heap.guards_intact());
  }
}

// All that is idle looks damaged then: a call that put all of it aside, one by one, would seem to hang.
TEST(HeapHostile, AKeyThatWasOverwrittenDoesNotMakeACallPutEverythingAside) {
  constexpr std::size_t kMost = 64 * 6;  // of two goes at the ready blocks, the free ones and merging
  for (const bool merged : {false, true}) {
    TestHeapOptions options;
    options.region_bytes = std::size_t{1} << 20;
    options.config.quarantine_bytes = 0;
    options.config.coalesce_ready_bytes = SIZE_MAX;
    TestHeap heap(options);
    std::vector<char*> blocks;
    for (std::size_t i = 0; i < 4000; ++i) blocks.push_back(heap.allocate(40));
    for (std::size_t i = 0; i < blocks.size(); i += 2) heap.free(blocks[i]);
    if (merged) heap.drain();
    const_cast<Keys&>(heap.heap.keys()).poison = Poison(0x5555);
    heap.faults.clear();
    std::size_t found = 0;
    for (const std::size_t size : {std::size_t{40}, std::size_t{20}}) {
      EXPECT_NE(heap.allocate(size), nullptr);
      EXPECT_LE(heap.faults.size(), kMost);
      found += heap.faults.size();
      heap.faults.clear();
      heap.heap.coalesce(SIZE_MAX, heap.faults);
      EXPECT_LE(heap.faults.size(), kMost);
      heap.faults.clear();
    }
    EXPECT_NE(found, 0U);
  }
}

}  // namespace
}  // namespace padlock::core
