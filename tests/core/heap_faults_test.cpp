// Every row of the detection contract that is about a call: exact kind, moment, pointer, block and stacks.
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "core/block/sealed_block.h"
#include "core/heap/heap.h"
#include "core/test_heap.h"

namespace padlock::core {
namespace {

using test::at;
using test::TestHeap;
using test::TestHeapOptions;

constexpr Caller kAllocator{0x11, 1, 0};
constexpr Caller kFreer{0x22, 2, 0};
constexpr Caller kAgain{0x33, 3, 0};

class HeapFaults : public ::testing::Test {
 protected:
  explicit HeapFaults(const TestHeapOptions& options = {}) : heap_(options) {}

  char* allocate(std::size_t size, Origin origin = Origin::kMalloc, std::size_t alignment = 0) {
    return heap_.allocate(size, alignment, kAllocator, origin);
  }
  Fault deallocate(void* pointer, const FreeRequest& request) {
    heap_.heap.deallocate(pointer, request, heap_.faults);
    return heap_.faults.take_only();
  }
  Fault deallocate(void* pointer) {
    FreeRequest request;
    request.by = kAgain;
    return deallocate(pointer, request);
  }
  void expect_block(const Fault& fault, const char* user, std::size_t requested, BlockState state) {
    EXPECT_EQ(fault.block.user, at(user));
    EXPECT_EQ(fault.block.header, at(user) - kHeaderSize);
    EXPECT_TRUE(fault.block.sealed);
    EXPECT_EQ(fault.block.requested, requested);
    EXPECT_EQ(fault.block.state, state);
    EXPECT_EQ(fault.block.alloc_trace, kAllocator.trace);
    EXPECT_EQ(fault.block.alloc_thread, kAllocator.thread);
  }
  void expect_freed_by_freer(const Fault& fault) {
    EXPECT_EQ(fault.block.free_trace, kFreer.trace);
    EXPECT_EQ(fault.block.free_thread, kFreer.thread);
  }
  void expect_sound() {
    EXPECT_EQ(heap_.check(), 0U);
    EXPECT_EQ(heap_.accounted_bytes(), heap_.region_bytes());
  }

  TestHeap heap_;
};

class HeapFaultsUnquarantined : public HeapFaults {
 protected:
  HeapFaultsUnquarantined() : HeapFaults(TestHeapOptions{}.with_quarantine(0).lazy()) {}
};

TEST_F(HeapFaults, DoubleFreeOfAQuarantinedBlock) {
  char* p = allocate(50);
  heap_.free(p, kFreer);
  const Fault fault = deallocate(p);
  EXPECT_EQ(fault.kind, FaultKind::kDoubleFree);
  EXPECT_EQ(fault.moment, Moment::kFree);
  EXPECT_EQ(fault.address, at(p));
  EXPECT_EQ(fault.pointer_class, PointerClass::kNone);
  expect_block(fault, p, 50, BlockState::kQuarantined);
  expect_freed_by_freer(fault);
  expect_sound();
}

TEST_F(HeapFaultsUnquarantined, DoubleFreeOfAReadyBlock) {
  char* p = allocate(50);
  heap_.free(p, kFreer);
  const Fault fault = deallocate(p);
  EXPECT_EQ(fault.kind, FaultKind::kDoubleFree);
  expect_block(fault, p, 50, BlockState::kReady);
  expect_freed_by_freer(fault);
  expect_sound();
}

TEST_F(HeapFaultsUnquarantined, DoubleFreeOfACoalescedBlockThatStayedAlone) {
  char* p = allocate(50);
  static_cast<void>(allocate(0));
  heap_.free(p, kFreer);
  heap_.drain();
  const Fault fault = deallocate(p);
  EXPECT_EQ(fault.kind, FaultKind::kDoubleFree);
  expect_block(fault, p, 50, BlockState::kFree);
  expect_freed_by_freer(fault);
  expect_sound();
}

TEST_F(HeapFaultsUnquarantined, DoubleFreeOfEveryBlockOfAMergedOne) {
  std::array<char*, 6> blocks{};
  for (std::size_t i = 0; i < blocks.size(); ++i) blocks[i] = allocate(40 + 7 * i);
  for (char* p : blocks) heap_.free(p, kFreer);
  heap_.drain();
  ASSERT_EQ(test::Blocks(heap_.heap).all.size(), 1U);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const Fault fault = deallocate(blocks[i]);
    EXPECT_EQ(fault.kind, FaultKind::kDoubleFree) << i;
    EXPECT_EQ(fault.address, at(blocks[i]));
    expect_block(fault, blocks[i], 40 + 7 * i, BlockState::kFree);
    expect_freed_by_freer(fault);
  }
  expect_sound();
}

TEST_F(HeapFaultsUnquarantined, ARemainderThatStartsWhereAMergedBlockDidIsStillThatBlock) {
  char* a = allocate(40);
  char* b = allocate(200);
  heap_.free(a);
  heap_.free(b, kFreer);
  heap_.drain();
  ASSERT_EQ(allocate(40), a);
  const Fault fault = deallocate(b);
  EXPECT_EQ(fault.kind, FaultKind::kDoubleFree);
  expect_block(fault, b, 200, BlockState::kFree);
  expect_freed_by_freer(fault);
  expect_sound();
}

TEST_F(HeapFaultsUnquarantined, AMergedBlockWhoseMemoryIsInUseAgainIsAnInteriorPointer) {
  char* a = allocate(100);
  char* b = allocate(100);
  heap_.free(a);
  heap_.free(b);
  heap_.drain();
  char* big = allocate(240);
  ASSERT_EQ(big, a);
  const Fault fault = deallocate(b);
  EXPECT_EQ(fault.kind, FaultKind::kInvalidFree);
  EXPECT_EQ(fault.pointer_class, PointerClass::kInterior);
  expect_block(fault, big, 240, BlockState::kLive);
}

TEST_F(HeapFaults, ReallocAndUsableSizeOfAFreedBlock) {
  char* p = allocate(50);
  heap_.free(p, kFreer);
  EXPECT_EQ(heap_.reallocate(p, 60, kAgain), nullptr);
  Fault fault = heap_.faults.take_only();
  EXPECT_EQ(fault.kind, FaultKind::kUseAfterFree);
  EXPECT_EQ(fault.moment, Moment::kRealloc);
  EXPECT_EQ(fault.address, at(p));
  expect_block(fault, p, 50, BlockState::kQuarantined);
  expect_freed_by_freer(fault);

  EXPECT_EQ(heap_.heap.usable_size(p, heap_.faults), 0U);
  fault = heap_.faults.take_only();
  EXPECT_EQ(fault.kind, FaultKind::kUseAfterFree);
  EXPECT_EQ(fault.moment, Moment::kUsableSize);
  expect_block(fault, p, 50, BlockState::kQuarantined);
  expect_sound();
}

TEST_F(HeapFaults, EveryInteriorPointerIsToldWithItsBlock) {
  char* p = allocate(100);
  static_cast<void>(allocate(0));
  for (std::ptrdiff_t offset = -32; offset < 112; ++offset) {
    if (offset == 0) continue;
    const Fault fault = deallocate(p + offset);
    ASSERT_EQ(fault.kind, FaultKind::kInvalidFree) << offset;
    ASSERT_EQ(fault.moment, Moment::kFree);
    ASSERT_EQ(fault.pointer_class, PointerClass::kInterior);
    ASSERT_EQ(fault.address, at(p + offset));
    expect_block(fault, p, 100, BlockState::kLive);
  }
  EXPECT_EQ(heap_.reallocate(p + 16, 60), nullptr);
  Fault fault = heap_.faults.take_only();
  EXPECT_EQ(fault.kind, FaultKind::kInvalidFree);
  EXPECT_EQ(fault.moment, Moment::kRealloc);
  EXPECT_EQ(heap_.heap.usable_size(p + 1, heap_.faults), 0U);
  fault = heap_.faults.take_only();
  EXPECT_EQ(fault.kind, FaultKind::kInvalidFree);
  EXPECT_EQ(fault.moment, Moment::kUsableSize);
  expect_sound();
}

TEST_F(HeapFaults, PointersThatNoBlockHolds) {
  static_cast<void>(allocate(100));
  const std::uintptr_t base = at(heap_.region().data());
  const std::uintptr_t end = base + heap_.region().size();
  const auto classify = [&](std::uintptr_t address) {
    const Fault fault = deallocate(reinterpret_cast<void*>(address));
    EXPECT_EQ(fault.kind, FaultKind::kInvalidFree);
    EXPECT_EQ(fault.address, address);
    EXPECT_FALSE(fault.block.present());
    return fault.pointer_class;
  };
  EXPECT_EQ(classify(base + 144), PointerClass::kHeapUnused);
  EXPECT_EQ(classify(base + 176), PointerClass::kHeapUnused);  // where the next user pointer will be
  EXPECT_EQ(classify(base + 177), PointerClass::kHeapUnused);
  EXPECT_EQ(classify(end - 1), PointerClass::kHeapUnused);
  EXPECT_EQ(classify(end), PointerClass::kUnknown);
  EXPECT_EQ(classify(base - 1), PointerClass::kUnknown);
  EXPECT_EQ(classify(1), PointerClass::kUnknown);
  EXPECT_EQ(classify(UINTPTR_MAX), PointerClass::kUnknown);
  EXPECT_EQ(classify(UINTPTR_MAX - 15), PointerClass::kUnknown);
  EXPECT_EQ(classify(0x8000000000000000U), PointerClass::kUnknown);
  int on_stack = 0;
  EXPECT_EQ(classify(at(&on_stack)), PointerClass::kUnknown);
  expect_sound();
}

TEST_F(HeapFaults, EveryPairOfFamilies) {
  for (const Origin allocated : {Origin::kMalloc, Origin::kNew, Origin::kNewArray, Origin::kAligned}) {
    for (const Origin returned : {Origin::kMalloc, Origin::kNew, Origin::kNewArray, Origin::kAligned}) {
      const auto is_c = [](Origin origin) { return origin == Origin::kMalloc || origin == Origin::kAligned; };
      char* p = allocate(50, allocated);
      FreeRequest request;
      request.origin = returned;
      const Fault fault = deallocate(p, request);
      if (allocated == returned || (is_c(allocated) && is_c(returned))) {
        EXPECT_EQ(fault.kind, FaultKind::kNone);
      } else {
        EXPECT_EQ(fault.kind, FaultKind::kAllocDeallocMismatch);
        EXPECT_EQ(fault.address, at(p));
        EXPECT_EQ(fault.given_origin, returned);
        EXPECT_EQ(fault.block.origin, allocated);
        expect_block(fault, p, 50, BlockState::kLive);
      }
      EXPECT_EQ(heap_.heap.find_block(at(p)).state, BlockState::kQuarantined) << "it is freed all the same";
    }
  }
  expect_sound();
}

TEST_F(HeapFaults, ReallocOfNew) {
  char* p = allocate(50, Origin::kNew);
  char* q = heap_.reallocate(p, 55, kAgain);
  EXPECT_EQ(q, p);
  const Fault fault = heap_.faults.take_only();
  EXPECT_EQ(fault.kind, FaultKind::kAllocDeallocMismatch);
  EXPECT_EQ(fault.moment, Moment::kRealloc);
  EXPECT_EQ(fault.given_origin, Origin::kMalloc);
  expect_block(fault, p, 50, BlockState::kLive);
  // Moving reports once as well.
  static_cast<void>(allocate(0));
  EXPECT_NE(heap_.reallocate(q, 5000), nullptr);
  EXPECT_EQ(heap_.faults.take_only().kind, FaultKind::kAllocDeallocMismatch);
  expect_sound();
}

TEST_F(HeapFaults, SizedDeleteWithEveryWrongSize) {
  for (std::size_t given = 0; given < 100; ++given) {
    char* p = allocate(50, Origin::kNew);
    FreeRequest request;
    request.origin = Origin::kNew;
    request.size = given;
    const Fault fault = deallocate(p, request);
    if (given == 50) {
      EXPECT_EQ(fault.kind, FaultKind::kNone);
      continue;
    }
    ASSERT_EQ(fault.kind, FaultKind::kDeleteSizeMismatch);
    ASSERT_EQ(fault.given, given);
    ASSERT_EQ(fault.address, at(p));
    expect_block(fault, p, 50, BlockState::kLive);
  }
  expect_sound();
}

TEST_F(HeapFaults, DeletesWithTheWrongAlignment) {
  const auto kind = [&](Origin origin, std::size_t allocated, std::optional<std::size_t> given) {
    char* p = allocate(50, origin, allocated);
    FreeRequest request;
    request.origin = origin;
    request.alignment = given;
    const Fault fault = deallocate(p, request);
    if (fault.kind != FaultKind::kNone) {
      EXPECT_EQ(fault.given, given.value_or(0));
      EXPECT_EQ(fault.block.alignment, allocated);
      expect_block(fault, p, 50, BlockState::kLive);
    }
    return fault.kind;
  };
  for (const Origin origin : {Origin::kNew, Origin::kNewArray}) {
    EXPECT_EQ(kind(origin, 64, 64), FaultKind::kNone);
    EXPECT_EQ(kind(origin, 0, std::nullopt), FaultKind::kNone);
    EXPECT_EQ(kind(origin, 64, 32), FaultKind::kDeleteAlignmentMismatch);
    EXPECT_EQ(kind(origin, 64, std::nullopt), FaultKind::kDeleteAlignmentMismatch);
    EXPECT_EQ(kind(origin, 0, 64), FaultKind::kDeleteAlignmentMismatch);
  }
  EXPECT_EQ(kind(Origin::kAligned, 64, std::nullopt), FaultKind::kNone);  // free() takes any
  EXPECT_EQ(kind(Origin::kAligned, 64, 64), FaultKind::kNone);
  EXPECT_EQ(kind(Origin::kAligned, 64, 128), FaultKind::kDeleteAlignmentMismatch);
  EXPECT_EQ(kind(Origin::kMalloc, 0, 64), FaultKind::kDeleteAlignmentMismatch);
  expect_sound();
}

TEST_F(HeapFaults, ADamagedPaddingIsFoundByFreeReallocCheckAndAtExit) {
  for (const Moment moment : {Moment::kFree, Moment::kRealloc, Moment::kCheck, Moment::kExit}) {
    char* p = allocate(50);
    p[50] = 0;
    p[53] = 'x';
    if (moment == Moment::kFree) {
      heap_.free(p);
    } else if (moment == Moment::kRealloc) {
      EXPECT_EQ(heap_.reallocate(p, 55), p);
    } else {
      EXPECT_EQ(heap_.heap.check(moment, heap_.faults), 1U);
    }
    const Fault fault = heap_.faults.take_only();
    EXPECT_EQ(fault.kind, FaultKind::kHeapBufferOverflow);
    EXPECT_EQ(fault.moment, moment);
    EXPECT_EQ(fault.damage.address, at(p) + 50);
    EXPECT_EQ(fault.damage.offset, 50);
    EXPECT_EQ(fault.damage.length, 4U);
    EXPECT_FALSE(fault.damage.at_least);
    EXPECT_FALSE(fault.neighbour.present());
    expect_block(fault, p, 50, BlockState::kLive);
    heap_.free(p);
    heap_.faults.clear();
  }
}

TEST_F(HeapFaults, TheWindowShowsFoundAndExpectedBytesOfThePadding) {
  char* p = allocate(50);
  std::memset(p, 'u', 50);
  p[50] = 'x';
  heap_.check();
  const Fault fault = heap_.faults.take_only();
  const DamageWindow& window = fault.damage.window;
  ASSERT_LE(window.start, at(p) + 49);
  const std::size_t damaged = at(p) + 50 - window.start;
  EXPECT_EQ(window.found[damaged - 1], 'u');
  EXPECT_FALSE(window.known[damaged - 1]);
  EXPECT_EQ(window.found[damaged], 'x');
  EXPECT_TRUE(window.known[damaged]);
  EXPECT_EQ(window.expected[damaged],
            pattern_byte(canary_behind(BlockHeader::of_user(p), heap_.heap.keys()), 50));
  EXPECT_EQ(window.found[damaged + 1], window.expected[damaged + 1]);
}

TEST_F(HeapFaults, AWriteAfterFreeIsFoundWhenTheBlockLeavesTheQuarantine) {
  char* p = allocate(50);
  heap_.free(p, kFreer);
  p[20] = 1;
  heap_.heap.flush_quarantine(heap_.faults);
  const Fault fault = heap_.faults.take_only();
  EXPECT_EQ(fault.kind, FaultKind::kUseAfterFreeWrite);
  EXPECT_EQ(fault.moment, Moment::kEviction);
  EXPECT_EQ(fault.damage.offset, 20);
  EXPECT_EQ(fault.damage.length, 1U);
  expect_block(fault, p, 50, BlockState::kQuarantined);
  expect_freed_by_freer(fault);
  expect_sound();
}

TEST_F(HeapFaultsUnquarantined, AWriteAfterFreeIsFoundWhenTheBlockIsAboutToBeReused) {
  for (const bool merged : {false, true}) {
    char* p = allocate(50);
    static_cast<void>(allocate(0));
    heap_.free(p, kFreer);
    if (merged) heap_.drain();
    p[20] = 1;
    EXPECT_NE(allocate(50), p);
    const Fault fault = heap_.faults.take_only();
    EXPECT_EQ(fault.kind, FaultKind::kUseAfterFreeWrite);
    EXPECT_EQ(fault.moment, Moment::kReuse);
    EXPECT_EQ(fault.damage.offset, 20);
    EXPECT_EQ(fault.damage.length, 1U);
    expect_block(fault, p, 50, merged ? BlockState::kFree : BlockState::kReady);
    expect_freed_by_freer(fault);
    expect_sound();
  }
}

TEST(HeapReuse, AWriteAtTheEndOfAFreedBlockIsFoundWhenItIsAboutToBeUsedAgain) {
  TestHeap heap(TestHeapOptions{}.with_quarantine(0).lazy());
  char* const p = heap.allocate(40);
  const std::size_t capacity = heap.heap.find_block(test::at(p)).block_size - kHeaderSize;
  heap.free(p);
  p[capacity - 1] ^= 1;
  EXPECT_NE(heap.allocate(40), p);
  const Fault fault = heap.faults.take_only();
  EXPECT_EQ(fault.kind, FaultKind::kUseAfterFreeWrite);
  EXPECT_EQ(fault.moment, Moment::kReuse);
  EXPECT_EQ(fault.block.user, test::at(p));
  EXPECT_EQ(fault.damage.offset, static_cast<std::int64_t>(capacity) - 1);
  EXPECT_EQ(fault.damage.length, 1U);
}

enum class Fate : std::uint8_t { kReused, kMerged };

// Writes to byte `offset` of a freed block of 50 bytes that then makes room for another in the quarantine.
// Returns the fault, which may be reported right away, or when the block meets its fate.
Fault write_to_a_block_that_makes_room(std::size_t offset, Fate fate) {
  TestHeap heap(TestHeapOptions{}.with_quarantine(200).lazy());
  char* const p = heap.allocate(50);
  char* const q = heap.allocate(150);
  static_cast<void>(heap.allocate(0));
  heap.free(p);
  p[offset] ^= 1;
  heap.free(q);
  EXPECT_EQ(heap.heap.stats().quarantined_blocks, 1U);
  if (!heap.faults.empty()) return heap.faults.take_only();
  if (fate == Fate::kReused) {
    EXPECT_NE(heap.allocate(50), p);
  } else {
    heap.heap.coalesce(1, heap.faults);
  }
  const Fault fault = heap.faults.take_only();
  EXPECT_EQ(fault.block.user, test::at(p));
  return fault;
}

// What making room writes over is looked at then, the rest when it is needed.
// Where the heap's memory ends, accesses trap.
TEST(HeapEdge, NothingIsReadBehindARegionThatIsFull) {
  constexpr std::size_t kBytes = 64 * 1024;
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const auto map = [](std::size_t bytes) {
    return static_cast<std::byte*>(
        mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0));
  };
  std::byte* const memory = map(kBytes + page);
  std::byte* const metadata = map(Region::metadata_bytes(kBytes));
  ASSERT_TRUE(memory != MAP_FAILED && metadata != MAP_FAILED);
  ASSERT_EQ(mprotect(memory + kBytes, page, PROT_NONE), 0);
  std::vector<BlockSlot> slots(64);
  test::FaultLog faults;
  Heap heap(TestHeapOptions{}.with_quarantine(0).lazy().config, slots);
  ASSERT_TRUE(heap.add_region({memory, kBytes}, {metadata, Region::metadata_bytes(kBytes)}));
  const auto allocate = [&](std::size_t size) {
    AllocRequest request;
    request.size = size;
    return heap.allocate(request, faults);
  };
  const auto free = [&](void* block) { heap.deallocate(block, {}, faults); };
  void* const merged[] = {allocate(24), allocate(24)};
  void* const last = allocate(heap.stats().unallocated_bytes - kHeaderSize - kMinPadding);
  ASSERT_EQ(heap.stats().unallocated_bytes, 0U);
  for (void* const block : merged) free(block);
  heap.flush_quarantine(faults);
  heap.coalesce(SIZE_MAX, faults);
  free(last);
  memory[kBytes - 1] ^= std::byte{0x55};
  EXPECT_EQ(heap.check(Moment::kCheck, faults), 1U);
  const Fault fault = faults.take_only();
  EXPECT_EQ(fault.kind, FaultKind::kUseAfterFreeWrite);
  EXPECT_EQ(fault.block.user, at(last));
  EXPECT_EQ(fault.damage.address, at(memory + kBytes - 1));
  EXPECT_EQ(fault.damage.length, 1U);
  EXPECT_TRUE(fault.damage.at_least);
  munmap(metadata, Region::metadata_bytes(kBytes));
  munmap(memory, kBytes + page);
}

TEST(HeapEviction, AWriteToABlockThatMadeRoomIsFoundWhenItIsUsedAgainOrMerged) {
  for (const Fate fate : {Fate::kReused, Fate::kMerged}) {
    for (std::size_t offset = 0; offset < 64; ++offset) {
      const Fault fault = write_to_a_block_that_makes_room(offset, fate);
      const Moment later = fate == Fate::kReused ? Moment::kReuse : Moment::kCoalesce;
      ASSERT_EQ(fault.kind, FaultKind::kUseAfterFreeWrite) << offset;
      ASSERT_EQ(fault.moment, offset < kGranule ? Moment::kEviction : later) << offset;
      ASSERT_EQ(fault.damage.offset, static_cast<std::int64_t>(offset));
      ASSERT_EQ(fault.damage.length, 1U);
    }
  }
}

}  // namespace
}  // namespace padlock::core
