// Writes of 1 to 64 bytes that end right before the user pointer, and every single damaged byte of a header,
// for blocks in the program's hands.
#include <gtest/gtest.h>

#include <algorithm>
#include <bit>
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

constexpr std::size_t kBefore = 40;  // the block before: 8 bytes of padding
constexpr std::size_t kOwnSize = 50;

struct TwoBlocks {
  TwoBlocks() {
    before = heap.allocate(kBefore, 0, {6, 1, 0});
    block = heap.allocate(kOwnSize, 0, {7, 2, 0});
    static_cast<void>(heap.allocate(0));
    std::memset(before, 'b', kBefore);
  }
  static TestHeapOptions options() {
    TestHeapOptions options;
    options.region_bytes = 2048;
    return options;
  }
  TestHeap heap{options()};
  char* before = nullptr;
  char* block = nullptr;
};

enum class Found { kByCheck, kByFree, kByRealloc, kByFreeBefore };

Fault find(TwoBlocks& s, Found how) {
  switch (how) {
    case Found::kByCheck:
      s.heap.check();
      break;
    case Found::kByFree:
      s.heap.free(s.block);
      break;
    case Found::kByRealloc:
      EXPECT_EQ(s.heap.reallocate(s.block, 60), nullptr);
      break;
    case Found::kByFreeBefore:
      s.heap.free(s.before);
      break;
  }
  return s.heap.faults.take_only();
}

// What has been reported is not reported again, and the heap accounts for every byte.
void expect_told_once(TwoBlocks& s, Found how) {
  if (how == Found::kByCheck) return;
  EXPECT_EQ(s.heap.check(), 0U);
  if (how != Found::kByFree) s.heap.free(s.block);
  if (how != Found::kByFreeBefore) s.heap.free(s.before);
  s.heap.drain();
  EXPECT_EQ(s.heap.check(), 0U);
  EXPECT_TRUE(s.heap.faults.empty());
  EXPECT_EQ(s.heap.accounted_bytes(), s.heap.region_bytes());
  EXPECT_EQ(s.heap.heap.stats().live_blocks, 1U);
}

// How far the damage is reported to reach before the user pointer, of `reach` bytes that are not zero: to the
// byte where the header's value is known without what was written, otherwise to the next such byte.
std::size_t shown(std::size_t reach) {
  if (reach == 11 || reach == 12) return 10;  // the allocating thread
  if (reach >= 25 && reach <= 29) return 24;  // the trace, the origin
  return reach;
}

class UnderflowTest : public ::testing::TestWithParam<int> {};

TEST_P(UnderflowTest, EveryLengthIsFoundAndNamed) {
  const int written = GetParam();
  for (std::size_t length = 1; length <= 64; ++length) {
    for (const Found how : {Found::kByCheck, Found::kByFree, Found::kByRealloc, Found::kByFreeBefore}) {
      if (how == Found::kByFreeBefore && length <= kHeaderSize) continue;  // that block has not been hit
      SCOPED_TRACE("length " + std::to_string(length) + ", how " + std::to_string(static_cast<int>(how)));
      TwoBlocks s;
      const std::vector<std::uint8_t> kept(raw(s.block) - length, raw(s.block));
      std::memset(s.block - length, written, length);
      // What has really changed: only that can be reported.
      std::size_t reach = length;
      while (kept[length - reach] == static_cast<std::uint8_t>(written)) --reach;
      const Fault fault = find(s, how);
      if (length >= kHeaderSize + kMinPadding) {
        // The whole padding of the block before as well: just as an overflow of it would look.
        ASSERT_EQ(fault.kind, FaultKind::kHeapBufferOverflow);
        ASSERT_EQ(fault.block.user, at(s.before));
        ASSERT_EQ(fault.neighbour.user, at(s.block));
        ASSERT_EQ(fault.damage.length, 40U);
        ASSERT_TRUE(fault.damage.at_least);
      } else {
        ASSERT_EQ(fault.kind, FaultKind::kHeapBufferUnderflow);
        ASSERT_EQ(fault.block.user, at(s.block));
        // Proven to the byte up to the seal, which the padding shows, and beyond the header; between, as far
        // as bytes show it.
        const bool exact = reach <= 8 || reach > kHeaderSize;
        const std::size_t told = fault.damage.length;
        if (exact || written != 0) {
          ASSERT_EQ(told, shown(reach));
        } else {  // what a program sets to zero may have been zero
          ASSERT_GE(told, 8U);
          ASSERT_LE(told, reach);
        }
        ASSERT_EQ(fault.damage.offset, -static_cast<std::int64_t>(told));
        ASSERT_EQ(fault.damage.address, at(s.block) - told);
        ASSERT_EQ(fault.damage.at_least, !exact);
        ASSERT_FALSE(fault.damage.somewhere);
        ASSERT_FALSE(fault.neighbour.present());
        ASSERT_EQ(fault.block.sealed, reach <= 8);
        const bool legible =
            reach <= 16 || (written == 0 && reach < 24);  // length, state and size were not hit
        ASSERT_EQ(fault.block.requested, kOwnSize) << "the padding shows it";
        ASSERT_EQ(fault.block.size_shown, reach > 8);
        ASSERT_EQ(fault.block.origin_shown, reach > 8 && legible);
        ASSERT_EQ(fault.block.alloc_trace, legible ? 7U : 0U);
        ASSERT_EQ(fault.block.number, legible && reach <= (written == 0 ? 15U : 8U) ? 2U : 0U) << reach;
      }
      expect_told_once(s, how);
      if (HasFailure()) return;
    }
  }
}
TEST_P(UnderflowTest, AnIdleBlockBeforeItHasNoPaddingThatCouldHaveBeenHit) {
  for (std::size_t length = 5; length < kHeaderSize; ++length) {
    TwoBlocks s;
    s.heap.free(s.before);
    std::memset(s.block - length, GetParam(), length);
    const Fault fault = find(s, Found::kByFree);
    ASSERT_EQ(fault.kind, FaultKind::kHeapBufferUnderflow);
    ASSERT_EQ(fault.block.user, at(s.block));
    ASSERT_LE(fault.damage.length, length);
  }
}
INSTANTIATE_TEST_SUITE_P(Bytes, UnderflowTest, testing::Values(0x00, 0xFF, 'A', 0xCC));

// A write before the block's data: to the bytes right before it, which are known without the rest, or, unless
// it flipped a bit, to the half of the header that is nearer to it.
bool is_before_the_block(std::size_t byte, unsigned change) {
  return byte >= kHeaderSize - kBackRepair || (byte >= kHeaderSize / 2 && !std::has_single_bit(change));
}

TEST(HeaderDamage, EveryValueOfEveryByteIsLocated) {
  for (std::size_t byte = 0; byte < kHeaderSize; ++byte) {
    for (unsigned change = 1; change < 256; change += change < 16 ? 1 : 31) {
      for (const Found how : {Found::kByCheck, Found::kByFree, Found::kByRealloc}) {
        SCOPED_TRACE("byte " + std::to_string(byte) + ", change " + std::to_string(change));
        TwoBlocks s;
        auto* header = raw(header_of(s.block));
        const std::uint8_t kept = header[byte];
        header[byte] = static_cast<std::uint8_t>(kept ^ change);
        const Fault fault = find(s, how);
        ASSERT_EQ(fault.kind, is_before_the_block(byte, change) ? FaultKind::kHeapBufferUnderflow
                                                                : FaultKind::kMetadataCorruption);
        ASSERT_EQ(fault.block.user, at(s.block));
        ASSERT_EQ(fault.block.requested, kOwnSize);
        ASSERT_EQ(fault.block.alloc_trace, 7U);
        ASSERT_EQ(fault.damage.address, at(s.block) - kHeaderSize + byte);
        ASSERT_EQ(fault.damage.offset, static_cast<std::int64_t>(byte) - 32);
        ASSERT_EQ(fault.damage.length, 1U);
        ASSERT_FALSE(fault.damage.at_least);
        ASSERT_FALSE(fault.damage.somewhere);
        const std::size_t shown = fault.damage.address - fault.damage.window.start;
        ASSERT_TRUE(fault.damage.window.known[shown]);
        ASSERT_EQ(fault.damage.window.expected[shown], kept);
        ASSERT_EQ(fault.damage.window.found[shown], kept ^ change);
        expect_told_once(s, how);
        if (HasFailure()) return;
      }
    }
  }
}

// A byte of the header of a live block whose value before 0x55 was flipped in it is known, or is known to be
// less.
bool is_known(std::size_t byte) {
  const bool length = byte < 3;
  const bool size_or_free_trace = byte >= 8 && byte < 16;
  const bool number_or_free_thread = byte >= 16 && byte != 20 && byte != 21 && byte < 24;
  return length || size_or_free_trace || number_or_free_thread || byte >= kHeaderSize - kBackRepair;
}

TEST(HeaderDamage, OfSeveralBytesInsideThoseThatAreKnownAreNamed) {
  for (std::size_t first = 0; first < 28; ++first) {
    for (std::size_t last = std::max<std::size_t>(first + 1, kFrontRepair); last < 31; ++last) {
      for (const Found how : {Found::kByCheck, Found::kByFree, Found::kByRealloc}) {
        SCOPED_TRACE("bytes " + std::to_string(first) + " and " + std::to_string(last));
        TwoBlocks s;
        auto* header = raw(header_of(s.block));
        header[first] ^= 0x55;
        header[last] ^= 0x55;
        const Fault fault = find(s, how);
        const std::size_t begin = fault.damage.address - at(s.block) + kHeaderSize;
        const std::size_t end = begin + fault.damage.length - 1;
        const auto is_seal = [](std::size_t byte) { return byte / 4 == 6; };
        const bool proven =
            is_seal(first) || is_seal(last);  // the padding shows it; the other is a single one
        const bool any = is_known(first) || is_known(last);
        const bool canary = last == kHeaderSize - 2;
        ASSERT_EQ(fault.block.user, at(s.block));
        ASSERT_EQ(fault.block.sealed, proven);
        ASSERT_EQ(fault.block.block_size, 96U);
        ASSERT_EQ(fault.damage.offset, static_cast<std::int64_t>(begin) - 32);
        ASSERT_EQ(fault.damage.somewhere, !proven && !any);
        ASSERT_EQ(fault.damage.at_least, !proven && any);
        if (proven) {
          ASSERT_EQ(begin, first);
          ASSERT_EQ(end, last);
        } else if (!any) {
          ASSERT_EQ(begin, 0U);
          ASSERT_EQ(end, kHeaderSize - 1);
        } else {
          ASSERT_EQ(begin, is_known(first) ? first : last);
          ASSERT_EQ(end, is_known(last) ? last : first);
        }
        // Two bytes were written, and no more is claimed.
        if (fault.damage.at_least) {
          ASSERT_LE(fault.damage.least(), 2U);
        }
        const bool underflow = !fault.damage.somewhere && (canary || begin >= kHeaderSize / 2);
        ASSERT_EQ(fault.kind, underflow ? FaultKind::kHeapBufferUnderflow : FaultKind::kMetadataCorruption);
        expect_told_once(s, how);
        if (testing::Test::HasFailure()) return;
      }
    }
  }
}

TEST(HeaderDamage, FreeingAMendedBlockIsNoMismatch) {
  TwoBlocks s;
  AllocRequest request;
  request.size = 100;
  request.alignment = 64;
  request.origin = Origin::kNewArray;
  auto* p = static_cast<char*>(s.heap.heap.allocate(request, s.heap.faults));
  std::memset(header_of(p), 'x', 20);
  FreeRequest as_malloc;
  as_malloc.size = 5;
  s.heap.heap.deallocate(p, as_malloc, s.heap.faults);
  EXPECT_EQ(s.heap.faults.take_only().kind, FaultKind::kMetadataCorruption);
  EXPECT_EQ(s.heap.heap.find_block(at(p)).state, BlockState::kQuarantined);
}

TEST(HeaderDamage, AMendedBlockCanBeResizedAndKeepsItsContents) {
  TwoBlocks s;
  for (int i = 0; i < 50; ++i) s.block[i] = static_cast<char>('a' + i % 26);
  std::memset(header_of(s.block), 'x', 20);
  EXPECT_EQ(s.heap.reallocate(s.block, 500), nullptr);  // refused once, with the fault
  EXPECT_EQ(s.heap.faults.take_only().kind, FaultKind::kMetadataCorruption);
  EXPECT_EQ(s.heap.heap.usable_size(s.block, s.heap.faults), kOwnSize);  // its padding shows it
  char* moved = s.heap.reallocate(s.block, 500);
  ASSERT_NE(moved, nullptr);
  for (int i = 0; i < 50; ++i) ASSERT_EQ(moved[i], 'a' + i % 26);
  EXPECT_TRUE(s.heap.faults.empty());
  EXPECT_EQ(s.heap.check(), 0U);
}

TEST(HeaderDamage, OfABlockThatIsNotLiveIsADoubleFreeToFree) {
  TwoBlocks s;
  s.heap.free(s.block, {9, 9, 0});
  header_of(s.block)->words[1] ^= 4;
  s.heap.free(s.block);
  const Fault fault = s.heap.faults.take_only();
  EXPECT_EQ(fault.kind, FaultKind::kDoubleFree);
  EXPECT_EQ(fault.address, at(s.block));
  EXPECT_EQ(fault.block.user, at(s.block));
  EXPECT_EQ(fault.block.free_trace, 9U);  // one bit: what it said is proven
  EXPECT_EQ(fault.block.state, BlockState::kQuarantined);
  // The damage itself is still reported when the block leaves the quarantine, and the block is put aside.
  s.heap.heap.flush_quarantine(s.heap.faults);
  EXPECT_EQ(s.heap.faults.take_only().kind, FaultKind::kMetadataCorruption);
  EXPECT_EQ(s.heap.heap.find_block(at(s.block)).state, BlockState::kCondemned);
  EXPECT_EQ(s.heap.check(), 0U);
  EXPECT_EQ(s.heap.accounted_bytes(), s.heap.region_bytes());
}

}  // namespace
}  // namespace padlock::core
