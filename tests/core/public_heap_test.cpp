// padlock::Heap and padlock::HeapResource over a caller's own buffer.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <list>
#include <memory_resource>
#include <string>
#include <unordered_map>
#include <vector>

#include "core/test_heap.h"
#include "padlock/heap.h"
#include "padlock/memory_resource.h"

namespace padlock {
namespace {

using core::test::GuardedSpan;

constexpr std::size_t kBytes = 256 * 1024;

struct Seen {
  std::vector<HeapFault> faults;
  static void add(const HeapFault& fault, void* context) {
    static_cast<Seen*>(context)->faults.push_back(fault);
  }
};

class PublicHeap : public ::testing::Test {
 protected:
  PublicHeap() { heap_.set_fault_handler(Seen::add, &seen_); }
  ~PublicHeap() override { EXPECT_TRUE(memory_.guards_intact()); }

  GuardedSpan memory_{kBytes};
  Heap heap_{memory_.span()};
  Seen seen_;
};

TEST_F(PublicHeap, LivesInTheBufferItWasGiven) {
  auto* p = static_cast<std::byte*>(heap_.allocate(100));
  ASSERT_NE(p, nullptr);
  EXPECT_GE(p, memory_.span().data());
  EXPECT_LE(p + 100, memory_.span().data() + kBytes);
  EXPECT_EQ(heap_.usable_size(p), 100U);
  EXPECT_EQ(heap_.statistics().live_blocks, 1U);
  EXPECT_EQ(heap_.statistics().live_bytes, 100U);
  heap_.deallocate(p);
  EXPECT_EQ(heap_.statistics().live_blocks, 0U);
  EXPECT_EQ(heap_.statistics().quarantined_blocks, 1U);
  EXPECT_EQ(heap_.statistics().quarantined_bytes, 144U);
  heap_.flush_quarantine();
  heap_.coalesce();
  EXPECT_EQ(heap_.statistics().idle_bytes, 144U);
  EXPECT_EQ(heap_.check(), 0U);
  EXPECT_EQ(heap_.fault_count(), 0U);
  EXPECT_EQ(heap_.first_fault().kind, nullptr);
}

// Its blocks, that is: what the heap needs beside them comes from the same memory.
TEST(PublicHeapRegion, IsNoLongerThanARegionMayBe) {
  constexpr std::size_t kSize = core::kMaxRegion + (std::size_t{128} << 20);
  void* const memory =
      mmap(nullptr, kSize, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  if (memory == MAP_FAILED) GTEST_SKIP();
  {
    GuardedSpan first(kBytes);
    Heap heap(first.span());
    const std::size_t before = heap.statistics().unallocated_bytes;
    EXPECT_TRUE(heap.add_region({static_cast<std::byte*>(memory), kSize}));
    EXPECT_EQ(heap.statistics().unallocated_bytes, before + core::kMaxRegion);
  }
  munmap(memory, kSize);
}

TEST_F(PublicHeap, NullPointersAreNothingToFreeAndSomethingToReallocate) {
  heap_.deallocate(nullptr);
  heap_.deallocate(nullptr, 5, 1);
  EXPECT_EQ(heap_.usable_size(nullptr), 0U);
  void* p = heap_.reallocate(nullptr, 10);
  EXPECT_NE(p, nullptr);
  p = heap_.reallocate(p, 1000);
  EXPECT_EQ(heap_.usable_size(p), 1000U);
  EXPECT_EQ(heap_.fault_count(), 0U);
}

TEST_F(PublicHeap, AlignmentMustBeAPowerOfTwo) {
  EXPECT_EQ(heap_.allocate(10, 3), nullptr);
  EXPECT_EQ(heap_.allocate(10, 48), nullptr);
  for (std::size_t alignment = 1; alignment <= 4096; alignment *= 2) {
    EXPECT_EQ(core::test::at(heap_.allocate(10, alignment)) % alignment, 0U);
  }
}

TEST_F(PublicHeap, FaultsReachTheHandlerAndTheFirstIsKept) {
  char* p = static_cast<char*>(heap_.allocate(24));
  p[24] = 'x';
  p[25] = 'x';
  heap_.deallocate(p);
  heap_.deallocate(p);
  ASSERT_EQ(seen_.faults.size(), 2U);
  const HeapFault& overflow = seen_.faults[0];
  EXPECT_STREQ(overflow.kind, "heap-buffer-overflow");
  EXPECT_STREQ(overflow.moment, "free");
  EXPECT_EQ(overflow.block, p);
  EXPECT_EQ(overflow.requested, 24U);
  EXPECT_EQ(overflow.number, 1U);
  EXPECT_EQ(overflow.offset, 24);
  EXPECT_EQ(overflow.length, 2U);
  EXPECT_FALSE(overflow.at_least);
  EXPECT_EQ(overflow.neighbour, nullptr);
  EXPECT_STREQ(seen_.faults[1].kind, "double-free");
  EXPECT_EQ(seen_.faults[1].pointer, p);
  EXPECT_EQ(heap_.fault_count(), 2U);
  EXPECT_STREQ(heap_.first_fault().kind, "heap-buffer-overflow");
  EXPECT_EQ(heap_.check(), 0U);
}

TEST_F(PublicHeap, WalkShowsEveryBlock) {
  static_cast<void>(heap_.allocate(10));
  void* p = heap_.allocate(20);
  heap_.deallocate(p);
  std::vector<HeapBlock> blocks;
  heap_.walk([](const HeapBlock& block,
                void* context) { static_cast<std::vector<HeapBlock>*>(context)->push_back(block); },
             &blocks);
  ASSERT_EQ(blocks.size(), 2U);
  EXPECT_EQ(blocks[0].requested, 10U);
  EXPECT_STREQ(blocks[0].state, "live");
  EXPECT_EQ(blocks[1].user, p);
  EXPECT_STREQ(blocks[1].state, "quarantined");
  EXPECT_EQ(blocks[1].block_size, 64U);
  EXPECT_EQ(blocks[1].number, 2U);
  EXPECT_TRUE(blocks[1].sound);
}

TEST_F(PublicHeap, MoreMemoryCanBeAdded) {
  GuardedSpan more(1 << 20);
  EXPECT_EQ(heap_.allocate(800000), nullptr);
  EXPECT_TRUE(heap_.add_region(more.span()));
  EXPECT_NE(heap_.allocate(800000), nullptr);
  EXPECT_FALSE(heap_.add_region(more.span().first(40)));
  EXPECT_FALSE(heap_.add_region({}));
  EXPECT_TRUE(more.guards_intact());
}

TEST(PublicHeapSizes, AnyBufferIsSafeHoweverSmallOrOdd) {
  for (std::size_t bytes = 0; bytes < 6000; bytes += 37) {
    for (const std::size_t skew : {0U, 1U, 15U}) {
      GuardedSpan memory(bytes + skew);
      HeapOptions options;
      options.quarantine_blocks = bytes % 5;
      Heap heap(memory.span().subspan(skew), options);
      void* p = heap.allocate(8);
      if (p != nullptr) std::memset(p, 1, 8);
      heap.deallocate(p);
      EXPECT_EQ(heap.check(), 0U);
      EXPECT_TRUE(memory.guards_intact()) << bytes;
    }
  }
}

TEST(PublicHeapSizes, AHeapWithoutRoomFailsEveryCallQuietly) {
  Heap heap(std::span<std::byte>{});
  EXPECT_EQ(heap.allocate(1), nullptr);
  const GuardedSpan memory(kBytes);
  EXPECT_FALSE(heap.add_region(memory.span())) << "there is nothing to add it to";
  EXPECT_EQ(heap.reallocate(nullptr, 1), nullptr);
  int on_stack = 0;
  heap.deallocate(&on_stack);
  heap.flush_quarantine();
  heap.coalesce();
  EXPECT_EQ(heap.check(), 0U);
  EXPECT_EQ(heap.fault_count(), 0U);
  EXPECT_EQ(heap.statistics().unallocated_bytes, 0U);
  EXPECT_EQ(heap.first_fault().kind, nullptr);
}

TEST(PublicHeapSizes, AnAbsurdQuarantineDoesNotFit) {
  GuardedSpan memory(kBytes);
  for (const std::size_t blocks : {SIZE_MAX, SIZE_MAX / 16, SIZE_MAX / 16 + 1, SIZE_MAX / 16 + 2}) {
    HeapOptions options;
    options.quarantine_blocks = blocks;
    Heap heap(memory.span(), options);
    EXPECT_EQ(heap.allocate(1), nullptr);
    EXPECT_TRUE(memory.guards_intact());
  }
}

TEST_F(PublicHeap, ContainersLiveInItWithoutAFault) {
  HeapResource resource(heap_);
  {
    std::pmr::vector<int> numbers(&resource);
    std::pmr::unordered_map<int, std::pmr::string> names(&resource);
    std::pmr::list<std::pmr::string> words(&resource);
    for (int i = 0; i < 500; ++i) {
      numbers.push_back(i);
      names.emplace(i, std::string(static_cast<std::size_t>(i % 60), 'n'));
      words.emplace_front("a word that is too long for the small string buffer");
      if (words.size() > 20) words.pop_back();
    }
    EXPECT_GT(heap_.statistics().live_blocks, 500U);
    EXPECT_EQ(heap_.check(), 0U);
    EXPECT_EQ(numbers[499], 499);
    EXPECT_EQ(names.at(59).size(), 59U);
  }
  EXPECT_EQ(heap_.statistics().live_blocks, 0U);
  EXPECT_EQ(heap_.fault_count(), 0U);
}

TEST_F(PublicHeap, AResourceThrowsWhenItIsFullAndChecksWhatComesBack) {
  HeapResource resource(heap_);
  EXPECT_THROW(static_cast<void>(resource.allocate(kBytes)), std::bad_alloc);
  void* p = resource.allocate(100, 64);
  resource.deallocate(p, 99, 64);
  EXPECT_STREQ(heap_.first_fault().kind, "delete-size-mismatch");
  p = resource.allocate(100, 64);
  resource.deallocate(p, 100, 32);
  EXPECT_STREQ(seen_.faults.back().kind, "delete-alignment-mismatch");
}

TEST_F(PublicHeap, ResourcesAreEqualIfTheirHeapIsTheSame) {
  HeapResource a(heap_);
  HeapResource b(heap_);
  GuardedSpan memory(kBytes);
  Heap other(memory.span());
  HeapResource c(other);
  EXPECT_TRUE(a.is_equal(b));
  EXPECT_FALSE(a.is_equal(c));
  EXPECT_FALSE(a.is_equal(*std::pmr::new_delete_resource()));
  EXPECT_EQ(&a.heap(), &heap_);
}

}  // namespace
}  // namespace padlock
