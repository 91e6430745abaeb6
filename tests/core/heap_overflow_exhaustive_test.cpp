// Every overflow of 1 to 64 bytes from every requested size of 0 to 256 bytes, with several bytes written,
// onto a live, a quarantined, a ready and a coalesced block and onto unallocated memory: found by check()
// and by free(), with the exact kind, block and offset and the exact length where the heap can prove it.
#include <gtest/gtest.h>

#include <algorithm>
#include <ostream>

#include "core/heap/heap.h"
#include "core/stride.h"
#include "core/test_heap.h"

namespace padlock::core {
namespace {

using test::at;
using test::raw;
using test::TestHeap;
using test::TestHeapOptions;

enum class Behind { kLive, kQuarantined, kReady, kFree, kNothing };
enum class Written { kNul, kOnes, kLetter, kCopy };

struct Case {
  Behind behind;
  Written written;
};
std::ostream& operator<<(std::ostream& out, const Case& c) {
  return out << "behind " << static_cast<int>(c.behind) << ", written " << static_cast<int>(c.written);
}

// The exact report that an overflow deserves, from what it really changed.
struct Expected {
  bool any = false;
  std::int64_t offset = 0;
  std::uint64_t length = 0;
  bool at_least = false;
  bool neighbour = false;
};

class OverflowTest : public ::testing::TestWithParam<Case> {
 protected:
  static constexpr std::size_t kBehindSize = 40;

  // A block, what is behind it, and something live behind that.
  struct Setting {
    explicit Setting(Behind behind, std::size_t size)
        : heap(options(behind, size)), block(heap.allocate(size, 0, {7, 1, 0})) {
      if (behind == Behind::kNothing) return;
      next = heap.allocate(kBehindSize, 0, {8, 1, 0});
      static_cast<void>(heap.allocate(0));
      if (behind != Behind::kLive) heap.free(next);
      if (behind == Behind::kFree) heap.drain();
    }
    static TestHeapOptions options(Behind behind, std::size_t key) {
      TestHeapOptions options =
          TestHeapOptions{}.with_quarantine(behind == Behind::kQuarantined ? 4096 : 0).lazy();
      options.region_bytes = 1024;
      options.config.key = key;  // other canaries for each size
      return options;
    }
    TestHeap heap;
    char* block;
    char* next = nullptr;
  };

  static void overflow(Setting& s, std::size_t size, std::size_t length, Written written) {
    auto* p = raw(s.block);
    for (std::size_t i = size; i < size + length; ++i) {
      switch (written) {
        case Written::kNul:
          p[i] = 0;
          break;
        case Written::kOnes:
          p[i] = 0xFF;
          break;
        case Written::kLetter:
          p[i] = 'A';
          break;
        case Written::kCopy:
          p[i] = *(p + i - 1);  // with i == 0: the header's last byte
          break;
      }
    }
  }

  static Expected expect(const std::vector<std::uint8_t>& before, const std::uint8_t* after, std::size_t size,
                         Behind behind) {
    const std::size_t end = capacity_of(granules_for(size));
    std::size_t first = SIZE_MAX;
    std::size_t last = 0;
    bool in_header = false;
    bool front = false;  // the neighbour's last header byte
    bool back = false;   // the one before it
    for (std::size_t i = size; i < before.size(); ++i) {
      if (before[i] == after[i]) continue;
      first = std::min(first, i);
      last = i;
      if (behind == Behind::kNothing && i >= end) return {};  // handled by the caller
      in_header = in_header || (i >= end && i < end + kHeaderSize);
      front = front || i == end + 31;
      back = back || i == end + 30;
    }
    Expected expected;
    if (first == SIZE_MAX) return expected;
    expected.any = true;
    expected.offset = static_cast<std::int64_t>(first);
    expected.length = last - first + 1;
    expected.neighbour = in_header;
    if (!in_header) {
      // A run up to the end may have gone on: what lies behind was allocated later, or never.
      expected.at_least =
          std::all_of(after + last, after + end, [&](std::uint8_t byte) { return byte == after[last]; });
      return expected;
    }
    // Up to five bytes into the header: proven. Further: what the last two bytes of the header show.
    if (last < end + kFrontRepair) return expected;
    expected.at_least = true;
    expected.length = end + (front ? 32U : back ? 31U : 6U) - first;
    // Poison, and the last bytes of the neighbour's padding, show where a longer run ended.
    const bool poisoned = behind != Behind::kLive;
    const std::size_t known_from = end + kHeaderSize + (poisoned ? 16 : kBehindSize);
    if (front && last >= known_from) {
      expected.length = last - first + 1;
      expected.at_least = false;
    }
    return expected;
  }

  static void verify(const Fault& fault, const Setting& s, std::size_t size, const Expected& expected) {
    ASSERT_EQ(fault.kind, FaultKind::kHeapBufferOverflow);
    ASSERT_EQ(fault.block.user, at(s.block));
    ASSERT_EQ(fault.block.requested, size);
    ASSERT_EQ(fault.block.alloc_trace, 7U);
    ASSERT_EQ(fault.damage.offset, expected.offset);
    ASSERT_EQ(fault.damage.address, at(s.block) + static_cast<std::uint64_t>(expected.offset));
    ASSERT_EQ(fault.damage.length, expected.length);
    ASSERT_EQ(fault.damage.at_least, expected.at_least);
    ASSERT_FALSE(fault.damage.somewhere);
    ASSERT_EQ(fault.neighbour.user, expected.neighbour ? at(s.next) : 0);
  }
};

TEST_P(OverflowTest, IsFoundByCheckAndByFree) {
  const auto [behind, written] = GetParam();
  for (std::size_t size = 0; size <= 256; size += test::kStride) {
    for (std::size_t length = 1; length <= 64; ++length) {
      SCOPED_TRACE(testing::Message() << "size " << size << ", length " << length);
      Setting s(behind, size);
      const std::uint8_t* p = raw(s.block);
      const std::vector<std::uint8_t> before(p, p + size + 64);
      overflow(s, size, length, written);
      Expected expected = expect(before, p, size, behind);
      if (behind == Behind::kNothing) {  // unallocated memory has no known bytes: the padding's are exact
        const std::size_t end = capacity_of(granules_for(size));
        std::vector<std::uint8_t> cut = before;
        cut.resize(std::min(cut.size(), end));
        expected = expect(cut, p, size, Behind::kLive);
      }
      ASSERT_EQ(s.heap.check(), expected.any ? 1U : 0U);
      if (expected.any) verify(s.heap.faults.take_only(), s, size, expected);
      if (HasFatalFailure()) return;
      s.heap.free(s.block);
      if (expected.any) {
        const Fault fault = s.heap.faults.take_only();
        ASSERT_EQ(fault.moment, Moment::kFree);
        verify(fault, s, size, expected);
      }
      if (HasFatalFailure()) return;
      // Reported once: every other block that was hit has been repaired or put aside.
      ASSERT_EQ(s.heap.check(), 0U);
      if (behind == Behind::kLive) s.heap.free(s.next);
      s.heap.drain();
      ASSERT_TRUE(s.heap.faults.empty());
      ASSERT_EQ(s.heap.accounted_bytes(), s.heap.region_bytes());
    }
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, OverflowTest,
    testing::Values(Case{Behind::kLive, Written::kNul}, Case{Behind::kLive, Written::kOnes},
                    Case{Behind::kLive, Written::kLetter}, Case{Behind::kLive, Written::kCopy},
                    Case{Behind::kQuarantined, Written::kNul}, Case{Behind::kQuarantined, Written::kLetter},
                    Case{Behind::kReady, Written::kOnes}, Case{Behind::kReady, Written::kCopy},
                    Case{Behind::kFree, Written::kLetter}, Case{Behind::kNothing, Written::kLetter}));

}  // namespace
}  // namespace padlock::core
