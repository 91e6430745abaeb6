// Memory at the top of a region that nobody uses becomes unallocated again; nothing else changes.
#include <gtest/gtest.h>

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

TEST(HeapGiveUp, all_of_a_heap_that_nobody_uses) {
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

TEST(HeapGiveUp, only_what_lies_behind_the_last_block_in_use) {
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

TEST(HeapGiveUp, who_was_freed_there_is_forgotten) {
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

TEST(HeapGiveUp, a_late_write_is_found_first) {
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

TEST(HeapGiveUp, a_damaged_link_or_header_is_found_first) {
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

TEST(HeapGiveUp, nothing_of_who_was_freed_there_comes_back) {
  TestHeap heap;
  heap.add_region(32 * 1024);
  std::vector<char*> blocks;
  for (int i = 0; i < 20; ++i) blocks.push_back(heap.allocate(100));
  for (char* p : blocks) heap.free(p);
  heap.drain();
  EXPECT_NE(give_up(heap), 0U);
  // What lies before it is idle memory like any other, with nobody's header in it.
  char* const aligned = heap.allocate(100, 4096);
  ASSERT_NE(aligned, nullptr);
  expect_sound(heap);
  heap.free(aligned);
  heap.drain();
  expect_sound(heap);
}

}  // namespace
}  // namespace padlock::core
