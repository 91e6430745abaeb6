// Memory at the top of a region that nobody uses becomes unallocated again; what free blocks further down
// hold becomes zeros, in whole chunks. Nothing else changes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <vector>

#include "core/block/idle_memory.h"
#include "core/heap/heap.h"
#include "core/test_heap.h"

namespace padlock::core {
namespace {

using test::at;
using test::TestHeap;

class Unused final : public UnusedMemory {
 public:
  void on_unused(std::span<std::byte> memory) override {
    std::memset(memory.data(), 0, memory.size());  // as the system does
    begin = memory.data();
    bytes += memory.size();
  }

  std::byte* begin = nullptr;
  std::size_t bytes = 0;
};

std::size_t give_up(TestHeap& heap) {
  Unused unused;
  heap.heap.give_up_tops(unused, heap.faults);
  return unused.bytes;
}

void expect_sound(TestHeap& heap) {
  EXPECT_EQ(heap.check(), 0U);
  EXPECT_TRUE(heap.faults.empty());
  EXPECT_EQ(heap.accounted_bytes(), heap.region_bytes());
}

TEST(HeapGiveUp, AllOfAHeapThatNobodyUses) {
  TestHeap heap;
  heap.add_region(32 * 1024);
  std::vector<char*> blocks;
  while (char* p = heap.allocate(100)) blocks.push_back(p);
  for (char* p : blocks) heap.free(p);
  heap.drain();
  const std::size_t unallocated = heap.heap.stats().unallocated_bytes;
  EXPECT_LT(unallocated, 200U);
  EXPECT_EQ(give_up(heap), heap.region_bytes() - unallocated);
  EXPECT_EQ(heap.heap.stats().unallocated_bytes, heap.region_bytes());
  expect_sound(heap);
  EXPECT_EQ(give_up(heap), 0U);
  for (std::size_t i = 0; i < blocks.size(); ++i) EXPECT_NE(heap.allocate(100), nullptr) << i;
  expect_sound(heap);
}

TEST(HeapGiveUp, OnlyWhatLiesBehindTheLastBlockInUse) {
  TestHeap heap;
  char* const first = heap.allocate(1000);
  char* const live = heap.allocate(1000);
  char* const last = heap.allocate(1000);
  heap.free(first);
  heap.free(last);
  EXPECT_EQ(give_up(heap), 0U);  // both are in quarantine
  heap.drain();
  std::memset(live, 'x', 1000);
  EXPECT_GE(give_up(heap), 1000U);
  expect_sound(heap);
  EXPECT_EQ(live[999], 'x');
  heap.free(live);
  expect_sound(heap);
}

TEST(HeapGiveUp, WhoWasFreedThereIsForgotten) {
  TestHeap heap;
  char* const p = heap.allocate(100);
  heap.free(p);
  heap.drain();
  EXPECT_NE(give_up(heap), 0U);
  heap.free(p);
  const Fault fault = heap.faults.take_only();
  EXPECT_EQ(fault.kind, FaultKind::kInvalidFree);
  EXPECT_EQ(fault.pointer_class, PointerClass::kHeapUnused);
  expect_sound(heap);
}

TEST(HeapGiveUp, ALateWriteIsFoundFirst) {
  TestHeap heap;
  char* const p = heap.allocate(100);
  char* const q = heap.allocate(100);
  heap.free(p);
  heap.free(q);
  heap.drain();
  q[50] = 'x';
  EXPECT_EQ(give_up(heap), 0U);
  const Fault fault = heap.faults.take_only();
  EXPECT_EQ(fault.kind, FaultKind::kUseAfterFreeWrite);
  EXPECT_EQ(fault.damage.address, at(q) + 50);
  EXPECT_EQ(fault.block.user, at(q));
  expect_sound(heap);
}

TEST(HeapGiveUp, ADamagedLinkOrHeaderIsFoundFirst) {
  for (const std::ptrdiff_t offset : {-20, 3}) {
    TestHeap heap;
    char* const p = heap.allocate(100);
    heap.free(p);
    heap.drain();
    p[offset] = static_cast<char>(p[offset] ^ 1);
    EXPECT_EQ(give_up(heap), 0U);
    EXPECT_EQ(heap.faults.size(), 1U);
    heap.faults.clear();
    expect_sound(heap);
  }
}

TEST(HeapGiveUp, NothingOfWhoWasFreedThereComesBack) {
  TestHeap heap;
  heap.add_region(32 * 1024);
  std::vector<char*> blocks;
  for (int i = 0; i < 20; ++i) blocks.push_back(heap.allocate(100));
  for (char* p : blocks) heap.free(p);
  heap.drain();
  EXPECT_NE(give_up(heap), 0U);
  // What lies before it is idle memory like any other, with no header in it.
  char* const aligned = heap.allocate(100, 4096);
  ASSERT_NE(aligned, nullptr);
  expect_sound(heap);
  heap.free(aligned);
  heap.drain();
  expect_sound(heap);
}

// Freed blocks of 1000 bytes between two live ones, merged.
class HeapGiveUpInsides : public testing::Test {
 protected:
  static constexpr int kBlocks = 60;

  static TestHeap make_heap() {
    test::TestHeapOptions options;
    options.region_bytes = 256 * 1024;
    return TestHeap(options);
  }

  HeapGiveUpInsides() {
    below_ = heap_.allocate(100);
    for (int i = 0; i < kBlocks; ++i) blocks_.push_back(heap_.allocate(1000, 0));
    above_ = heap_.allocate(100);
    std::memset(below_, 'b', 100);
    std::memset(above_, 'a', 100);
    for (char* p : blocks_) heap_.free(p);
    heap_.drain();
  }
  ~HeapGiveUpInsides() override {
    EXPECT_EQ(below_[99], 'b');
    EXPECT_EQ(above_[0], 'a');
  }

  std::size_t give_up_insides() {
    Unused unused;
    heap_.heap.give_up_insides(unused, heap_.faults);
    return unused.bytes;
  }
  [[nodiscard]] std::uintptr_t first_chunk() const {
    return chunk_end(at(blocks_.front()) + sizeof(IdleLinks));
  }
  [[nodiscard]] std::uintptr_t last_end() const {
    return align_down(at(above_) - kHeaderSize, std::uintptr_t{kZeroChunk});
  }
  // In the middle of what is given up.
  [[nodiscard]] char* inside(std::size_t offset) const {
    return reinterpret_cast<char*>(first_chunk() + kZeroChunk + offset);
  }

  TestHeap heap_ = make_heap();
  char* below_ = nullptr;
  char* above_ = nullptr;
  std::vector<char*> blocks_;
};

TEST_F(HeapGiveUpInsides, AllWholeChunksOnce) {
  EXPECT_EQ(give_up_insides(), last_end() - first_chunk());
  const auto* const begin = reinterpret_cast<const char*>(first_chunk());
  const auto* const end = reinterpret_cast<const char*>(last_end());
  EXPECT_EQ(std::count(begin, end, 0), end - begin);
  EXPECT_NE(begin[-1], 0);
  EXPECT_NE(end[0], 0);
  expect_sound(heap_);
  EXPECT_EQ(give_up_insides(), 0U);
  EXPECT_EQ(give_up(heap_), 0U);
}

TEST_F(HeapGiveUpInsides, BlocksOfAllSizesComeBackFromThere) {
  for (const std::size_t size : {40U, 500U, 3000U, 9000U, 20000U}) {
    EXPECT_NE(give_up_insides(), 0U);
    std::vector<char*> again;
    for (std::size_t left = kBlocks * 1000; left > size; left -= std::min(left, size + 64)) {
      char* const p = heap_.allocate(size);
      ASSERT_NE(p, nullptr);
      std::memset(p, 'x', size);
      again.push_back(p);
      ASSERT_EQ(heap_.check(), 0U);
    }
    for (char* p : again) heap_.free(p);
    heap_.drain();
    expect_sound(heap_);
  }
}

TEST_F(HeapGiveUpInsides, ALateWriteIsStillFound) {
  EXPECT_NE(give_up_insides(), 0U);
  *inside(100) = 'x';
  EXPECT_EQ(heap_.check(), 1U);
  Fault fault = heap_.faults.take_only();
  EXPECT_EQ(fault.kind, FaultKind::kUseAfterFreeWrite);
  EXPECT_EQ(fault.damage.address, at(inside(100)));
  EXPECT_EQ(fault.damage.length, 1U);
  EXPECT_EQ(give_up_insides(), 0U);
  while (heap_.allocate(9000) != nullptr && heap_.faults.empty()) {
  }
  EXPECT_EQ(heap_.faults.take_only().damage.address, at(inside(100)));
  expect_sound(heap_);
}

TEST_F(HeapGiveUpInsides, AnEarlierWriteIsFoundFirst) {
  const auto hit =
      std::find_if(blocks_.begin(), blocks_.end(), [this](const char* p) { return p > inside(0); });
  (*hit)[50] = 'x';
  EXPECT_LT(give_up_insides(), last_end() - first_chunk());
  const Fault fault = heap_.faults.take_only();
  EXPECT_EQ(fault.kind, FaultKind::kUseAfterFreeWrite);
  EXPECT_EQ(fault.block.user, at(*hit));
  EXPECT_EQ(fault.damage.address, at(*hit) + 50);
  expect_sound(heap_);
}

TEST_F(HeapGiveUpInsides, ADamagedHeaderOfAMergedBlockIsFoundFirst) {
  const auto hit =
      std::find_if(blocks_.begin(), blocks_.end(), [this](const char* p) { return p > inside(0); });
  (*hit)[-20] = static_cast<char>((*hit)[-20] ^ 1);
  static_cast<void>(give_up_insides());
  EXPECT_EQ(heap_.faults.take_only().kind, FaultKind::kUseAfterFreeWrite);
  expect_sound(heap_);
}

TEST_F(HeapGiveUpInsides, BlocksFreedThereAreForgotten) {
  EXPECT_NE(give_up_insides(), 0U);
  for (char* p : blocks_) {
    heap_.free(p);
    const Fault fault = heap_.faults.take_only();
    const bool gone = at(p) > first_chunk() && at(p) - kHeaderSize < last_end();
    EXPECT_EQ(fault.kind, gone ? FaultKind::kInvalidFree : FaultKind::kDoubleFree);
    if (gone) {
      EXPECT_EQ(fault.pointer_class, PointerClass::kInterior);
    }
  }
  expect_sound(heap_);
}

class Ends final : public UnallocatedEnds {
 public:
  std::size_t cut(std::span<std::byte> unallocated) override {
    gone_from = unallocated.data() + kLeft;
    gone_bytes = unallocated.size() - kLeft;
    return kLeft;
  }

  static constexpr std::size_t kLeft = 1024;
  std::byte* gone_from = nullptr;
  std::size_t gone_bytes = 0;
};

TEST(HeapGiveUp, RegionsEndWhereNothingWasAllocated) {
  TestHeap heap;
  char* const p = heap.allocate(100);
  const std::size_t unallocated = heap.heap.stats().unallocated_bytes;
  Ends ends;
  heap.heap.give_up_ends(ends);
  EXPECT_EQ(ends.gone_bytes, unallocated - Ends::kLeft);
  EXPECT_EQ(heap.heap.stats().unallocated_bytes, Ends::kLeft);
  const std::uintptr_t gone = address_of(ends.gone_from);
  EXPECT_TRUE(heap.heap.contains(gone - 1));
  EXPECT_FALSE(heap.heap.contains(gone));
  EXPECT_EQ(heap.allocate(Ends::kLeft), nullptr);
  EXPECT_NE(heap.allocate(Ends::kLeft / 2), nullptr);
  heap.free(p);
  heap.free(ends.gone_from + 64);
  EXPECT_EQ(heap.faults.take_only().kind, FaultKind::kInvalidFree);
  EXPECT_EQ(heap.check(), 0U);
}

TEST(HeapGiveUp, AFullRegionEndsWhereItDid) {
  TestHeap heap;
  heap.add_region(32 * 1024);
  while (heap.allocate(16) != nullptr) {
  }
  ASSERT_EQ(heap.heap.stats().unallocated_bytes, 0U);
  Ends ends;
  heap.heap.give_up_ends(ends);
  EXPECT_EQ(ends.gone_from, nullptr);
  expect_sound(heap);
}

}  // namespace
}  // namespace padlock::core
