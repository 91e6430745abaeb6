// Every byte of a freed block written, in every state a freed block can be in: found by check() and when the
// block is next used for anything, with the block's own name and the exact offset.
#include <gtest/gtest.h>

#include <ostream>
#include <string>

#include "core/heap/heap.h"
#include "core/test_heap.h"

namespace padlock::core {
namespace {

using test::at;
using test::header_of;
using test::raw;
using test::TestHeap;
using test::TestHeapOptions;

enum class State { kQuarantined, kReady, kFree, kMerged };
std::ostream& operator<<(std::ostream& out, State state) { return out << static_cast<int>(state); }

constexpr std::size_t kSizes[] = {0, 1, 24, 100, 250};
constexpr Caller kLastFreer{5, 4, 0};

// One block of each size, freed and brought into a state.
struct Setting {
  explicit Setting(State wanted) : state(wanted), heap(options(wanted)) {
    for (const std::size_t size : kSizes) {
      blocks.push_back(heap.allocate(size, 0, {static_cast<std::uint32_t>(size + 1), 3, 0}));
      if (state != State::kMerged) static_cast<void>(heap.allocate(0));
    }
    static_cast<void>(heap.allocate(0));
    for (char* p : blocks) heap.free(p, kLastFreer);
    if (state == State::kFree || state == State::kMerged) heap.drain();
  }
  static TestHeapOptions options(State wanted) {
    TestHeapOptions options =
        TestHeapOptions{}.with_quarantine(wanted == State::kQuarantined ? 16384 : 0).lazy();
    options.region_bytes = 4096;
    return options;
  }
  // Uses the memory of everything that was freed, in pieces as large as possible.
  void use_all() {
    heap.drain();
    for (std::size_t size = 4096; size != 0; size -= 8) {
      while (heap.allocate(size - 8) != nullptr) {
      }
    }
  }
  State state;
  TestHeap heap;
  std::vector<char*> blocks;
};

class FreedWriteTest : public ::testing::TestWithParam<State> {
 protected:
  static void verify(const Fault& fault, const Setting& s, std::size_t index, std::size_t offset) {
    ASSERT_EQ(fault.kind, FaultKind::kUseAfterFreeWrite);
    ASSERT_EQ(fault.block.user, at(s.blocks[index]));
    ASSERT_TRUE(fault.block.sealed);
    ASSERT_EQ(fault.block.requested, kSizes[index]);
    ASSERT_EQ(fault.block.alloc_trace, kSizes[index] + 1);
    ASSERT_EQ(fault.block.alloc_thread, 3U);
    ASSERT_EQ(fault.block.free_trace, kLastFreer.trace);
    ASSERT_EQ(fault.block.free_thread, kLastFreer.thread);
    ASSERT_EQ(fault.damage.offset, static_cast<std::int64_t>(offset));
    ASSERT_EQ(fault.damage.address, at(s.blocks[index]) + offset);
    ASSERT_EQ(fault.damage.length, 1U);
    // Behind its last byte lies a younger block, but of those that were merged with the next one.
    const bool merged = s.state == State::kMerged && index + 1 != std::size(kSizes);
    ASSERT_EQ(fault.damage.at_least, !merged && offset + 1 == capacity_of(granules_for(kSizes[index])));
    ASSERT_FALSE(fault.damage.somewhere);
  }
};

TEST_P(FreedWriteTest, EveryByteIsFoundByCheckAndByUseAndToldOnce) {
  for (std::size_t index = 0; index < std::size(kSizes); ++index) {
    const std::size_t capacity = capacity_of(granules_for(kSizes[index]));
    for (std::size_t offset = 0; offset < capacity; ++offset) {
      for (const unsigned change : {0x01U, 0x80U, 0xFFU}) {
        SCOPED_TRACE("block " + std::to_string(index) + ", offset " + std::to_string(offset));
        Setting s(GetParam());
        raw(s.blocks[index])[offset] ^= static_cast<std::uint8_t>(change);
        ASSERT_EQ(s.heap.check(), 1U);
        verify(s.heap.faults.take_only(), s, index, offset);
        s.use_all();
        ASSERT_EQ(s.heap.faults.size(), 1U);
        verify(s.heap.faults.take_only(), s, index, offset);
        if (HasFatalFailure()) return;
        ASSERT_EQ(s.heap.check(), 0U);
        ASSERT_EQ(s.heap.accounted_bytes(), s.heap.region_bytes());
        // What was written to is never handed out again.
        ASSERT_EQ(s.heap.heap.find_block(at(s.blocks[index]) + offset).state, BlockState::kCondemned);
      }
    }
  }
}

TEST_P(FreedWriteTest, EveryByteOfTheHeaderIsFoundByCheckAndByUseAndToldOnce) {
  for (std::size_t index = 0; index < std::size(kSizes); ++index) {
    for (std::size_t byte = 0; byte < kHeaderSize; ++byte) {
      SCOPED_TRACE("block " + std::to_string(index) + ", byte " + std::to_string(byte));
      Setting s(GetParam());
      raw(header_of(s.blocks[index]))[byte] ^= 0x41;
      const bool merged = GetParam() == State::kMerged && index != 0;
      const FaultKind kind = merged       ? FaultKind::kUseAfterFreeWrite
                             : byte >= 16 ? FaultKind::kHeapBufferUnderflow
                                          : FaultKind::kMetadataCorruption;
      for (const bool by_check : {true, false}) {
        if (by_check) {
          ASSERT_EQ(s.heap.check(), 1U);
        } else {
          s.use_all();
        }
        ASSERT_EQ(s.heap.faults.size(), 1U);
        const Fault fault = s.heap.faults.take_only();
        ASSERT_EQ(fault.kind, kind);
        ASSERT_EQ(fault.block.user, at(s.blocks[index]));
        ASSERT_EQ(fault.block.requested, kSizes[index]);
        ASSERT_EQ(fault.damage.offset, static_cast<std::int64_t>(byte) - 32);
        ASSERT_EQ(fault.damage.length, 1U);
        ASSERT_FALSE(fault.damage.somewhere);
      }
      ASSERT_EQ(s.heap.check(), 0U);
      ASSERT_EQ(s.heap.accounted_bytes(), s.heap.region_bytes());
    }
  }
}

class FreedRunTest : public FreedWriteTest {};

TEST_P(FreedRunTest, RunsAreMeasuredFromFirstToLastByte) {
  const std::size_t capacity = capacity_of(granules_for(100));
  for (std::size_t first = 0; first < capacity; first += 3) {
    for (std::size_t last = first; last < capacity; last += 5) {
      Setting s(GetParam());
      for (std::size_t i = first; i <= last; ++i) s.blocks[3][i] ^= 'A';
      ASSERT_EQ(s.heap.check(), 1U);
      const Fault fault = s.heap.faults.take_only();
      ASSERT_EQ(fault.kind, FaultKind::kUseAfterFreeWrite);
      ASSERT_EQ(fault.damage.offset, static_cast<std::int64_t>(first));
      ASSERT_EQ(fault.damage.length, last - first + 1);
      s.use_all();
      ASSERT_EQ(s.heap.faults.size(), 1U);
      s.heap.faults.clear();
      ASSERT_EQ(s.heap.check(), 0U);
    }
  }
}

TEST(FreedRun, OverTheHeaderOfAMergedBlockIsMeasuredToTheLastPoisonedByte) {
  for (std::size_t length = 1; length <= 112; ++length) {
    Setting s(State::kMerged);
    // From the 25th byte on: 84 bytes of the block are left, then the header of the block behind.
    std::memset(s.blocks[3] + 24, 'A', length);
    ASSERT_EQ(s.heap.check(), 1U);
    const Fault fault = s.heap.faults.take_only();
    const std::size_t left = capacity_of(granules_for(100)) - 24;
    const bool in_header = length > left && length <= left + kHeaderSize;
    ASSERT_EQ(fault.kind, FaultKind::kUseAfterFreeWrite);
    ASSERT_EQ(fault.block.user, at(s.blocks[3]));
    ASSERT_EQ(fault.damage.offset, 24);
    ASSERT_EQ(fault.damage.length, in_header ? left : length) << length;
    ASSERT_EQ(fault.damage.at_least, in_header);
  }
}

INSTANTIATE_TEST_SUITE_P(States, FreedRunTest,
                         testing::Values(State::kQuarantined, State::kReady, State::kFree));
INSTANTIATE_TEST_SUITE_P(States, FreedWriteTest,
                         testing::Values(State::kQuarantined, State::kReady, State::kFree, State::kMerged));

}  // namespace
}  // namespace padlock::core
