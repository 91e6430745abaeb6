// A heap whose memory becomes accessible as it comes to it: it asks before it touches any, and does without
// what it is refused.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>
#include <vector>

#include "core/heap/heap.h"
#include "core/test_heap.h"

namespace padlock::core {
namespace {

using test::at;
using test::TestHeap;
using test::TestHeapOptions;

constexpr std::size_t kStep = 8192;
std::uintptr_t allowed_to = 0;  // what lies behind is refused; 0: nothing is
unsigned asked = 0;

bool protect(std::uintptr_t begin, std::size_t size, int protection) {
  return mprotect(reinterpret_cast<void*>(begin), size, protection) == 0;
}

std::uintptr_t open_memory(std::uintptr_t begin, std::uintptr_t wanted) {
  ++asked;
  const std::uintptr_t end = align_up(wanted, std::uintptr_t{kStep});
  if (allowed_to != 0 && end > allowed_to) return begin;
  return protect(begin, end - begin, PROT_READ | PROT_WRITE) ? end : begin;
}

class Unused final : public UnusedMemory {
 public:
  void on_unused(std::span<std::byte> memory) override { std::memset(memory.data(), 0, memory.size()); }
  std::size_t close(std::span<std::byte> memory) override {
    const std::uintptr_t end = at(memory.data()) + memory.size();
    const std::uintptr_t border = align_up(at(memory.data()), std::uintptr_t{4096});
    return protect(border, end - border, PROT_NONE) ? border - at(memory.data()) : memory.size();
  }
};

class HeapReach : public ::testing::Test {
 protected:
  HeapReach() : heap_(options()) {
    allowed_to = 0;
    asked = 0;
    EXPECT_TRUE(protect(at(heap_.region().data()), heap_.region().size(), PROT_NONE));
  }
  ~HeapReach() override { protect(at(heap_.region().data()), heap_.region().size(), PROT_READ | PROT_WRITE); }
  HeapReach(const HeapReach&) = delete;
  HeapReach& operator=(const HeapReach&) = delete;

  static TestHeapOptions options() {
    TestHeapOptions options = TestHeapOptions{}.lazy();
    options.region_alignment = kStep;
    options.config.open_memory = &open_memory;
    return options;
  }
  void expect_sound() {
    EXPECT_EQ(heap_.check(), 0U);
    EXPECT_TRUE(heap_.faults.empty());
    EXPECT_EQ(heap_.accounted_bytes(), heap_.region_bytes());
  }

  TestHeap heap_;
};

TEST_F(HeapReach, AsksBeforeItTouchesAny) {
  std::size_t blocks = 0;
  for (std::size_t size = 1; heap_.allocate(size % 900, size % 7 == 0 ? 256 : 0) != nullptr; size += 37)
    ++blocks;
  EXPECT_GT(blocks, 50U);
  EXPECT_EQ(asked, heap_.region().size() / kStep);
  expect_sound();
}

TEST_F(HeapReach, GrowsABlockOnlyWhereItIsAllowed) {
  char* const block = heap_.allocate(1000);
  AllocRequest request;
  request.size = 30000;
  EXPECT_EQ(heap_.heap.resize(block, request, heap_.faults), ResizeOutcome::kResized);
  block[29999] = 1;
  allowed_to = heap_.region_data().open_end();
  request.size = 60000;
  EXPECT_EQ(heap_.heap.resize(block, request, heap_.faults), ResizeOutcome::kMustMove);
  expect_sound();
}

TEST_F(HeapReach, DoesWithoutWhatItIsRefused) {
  char* const first = heap_.allocate(1000);
  allowed_to = heap_.region_data().open_end();
  EXPECT_EQ(heap_.allocate(20000), nullptr);
  EXPECT_NE(heap_.allocate(1000), nullptr);
  expect_sound();
  allowed_to = 0;
  EXPECT_NE(heap_.allocate(20000), nullptr);
  heap_.free(first);
  expect_sound();
}

TEST_F(HeapReach, ReportsTheLastPaddingWithoutLookingBehindTheBorder) {
  char* block = heap_.allocate(0);
  while (at(block) + 16 != heap_.region_data().open_end()) block = heap_.allocate(0);
  block[0] ^= 1;
  heap_.free(block);
  EXPECT_EQ(heap_.faults.take_only().kind, FaultKind::kHeapBufferOverflow);
}

TEST_F(HeapReach, ClosesWhatItGivesUp) {
  std::vector<char*> blocks;
  for (int i = 0; i < 40; ++i) blocks.push_back(heap_.allocate(1000));
  for (char* block : blocks) heap_.free(block);
  heap_.drain();
  Unused unused;
  heap_.heap.give_up_tops(unused, heap_.faults);
  EXPECT_EQ(heap_.region_data().open(), 0U);
  asked = 0;
  EXPECT_NE(heap_.allocate(1000), nullptr);
  EXPECT_EQ(asked, 1U);
  expect_sound();
}

// Before the first block nobody can be named.
TEST_F(HeapReach, AWriteToMemoryThatNoBlockEverCameToIsPadlocksOwn) {
  static_cast<void>(heap_.allocate(100));
  heap_.region_data().starts.clear(0);
  heap_.region_data().top = 0;
  bool found = false;
  heap_.check();
  for (std::size_t i = 0; i < heap_.faults.size(); ++i) {
    const Fault& fault = heap_.faults[i];
    if (fault.table != Table::kUnallocated) continue;
    found = true;
    EXPECT_EQ(fault.kind, FaultKind::kMetadataCorruption);
    EXPECT_EQ(fault.address, fault.damage.address);
    EXPECT_EQ(fault.damage.address, at(heap_.region().data()));
  }
  EXPECT_TRUE(found);
}

TEST_F(HeapReach, NamesTheNearestBlock) {
  char* const first = heap_.allocate(100);
  char* const last = heap_.allocate(100);
  const std::uintptr_t end = at(heap_.region().data()) + heap_.region().size();
  EXPECT_EQ(heap_.heap.nearest_before(end - 1).user, at(last));
  EXPECT_EQ(heap_.heap.nearest_before(at(last) - kHeaderSize - 1).user, at(first));
  EXPECT_EQ(heap_.heap.nearest_behind(at(heap_.region().data())).user, at(first));
  EXPECT_FALSE(heap_.heap.nearest_behind(at(last)).present());
  EXPECT_FALSE(heap_.heap.nearest_before(end + 4096).present());
}

TEST_F(HeapReach, NamesNoBlockThatWasNeverHandedOut) {
  EXPECT_FALSE(heap_.heap.nearest_before(at(heap_.region().data()) + 5000).present());
  BlockSlot lent[4];
  EXPECT_EQ(heap_.heap.lend(8, lent, 0, heap_.faults), 4U);
  EXPECT_FALSE(heap_.heap.nearest_before(at(heap_.region().data()) + 5000).present());
  EXPECT_FALSE(heap_.heap.nearest_behind(at(heap_.region().data())).present());
}

}  // namespace
}  // namespace padlock::core
