// What a large block remembers after it was resized, in place, with its pages moved, and copied; and what is
// behind its former end.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "core/block/pattern.h"
#include "fault_notes.h"
#include "runtime/large/large_blocks.h"
#include "runtime/large/map_budget.h"

namespace padlock::runtime {
namespace {

using core::BlockState;

constexpr std::size_t kSize = 300001;
constexpr std::uint64_t kKey = 0x5eed;

enum class Way : std::uint8_t { kInPlace, kMoved, kCopied };

// As if the process had no mappings left.
class NoMappings {
 public:
  NoMappings() : taken_(most_mappings()) { map_budget.take_anyway(taken_); }
  ~NoMappings() { map_budget.give_back(taken_); }
  NoMappings(const NoMappings&) = delete;
  NoMappings& operator=(const NoMappings&) = delete;

 private:
  std::size_t taken_;
};

class LargeResizeTest : public testing::TestWithParam<Way> {
 protected:
  LargeResizeTest() {
    LargeQuarantine::Limits limits;
    limits.space_bytes = 64 << 20;
    blocks_.set_up(kKey, limits);
  }

  // Of kSize bytes of 'a', with room behind it and a padding up to the end of its last page, as it has been
  // resized before.
  unsigned char* make() {
    bool zeroed = false;
    void* const half = blocks_.allocate({kSize / 2, 0, core::Origin::kMalloc, {10, 2, 41}}, zeroed);
    unsigned char* const block = resize_to(half, kSize, {11, 3, 42});
    std::memset(block, 'a', kSize);
    return block;
  }

  unsigned char* resize_to(void* block, std::size_t size, core::Caller by) {
    return static_cast<unsigned char*>(
        blocks_.resize(block, {size, 0, core::Origin::kMalloc, by}, 1, notes_)->result);
  }

  unsigned char* grow(void* block, std::size_t size, core::Caller by) {
    if (GetParam() != Way::kCopied) return resize_to(block, size, by);
    const NoMappings none;
    return resize_to(block, size, by);
  }

  // Grows in place by a page or so, or by so much that it cannot.
  static std::size_t grown() { return GetParam() == Way::kInPlace ? kSize + 5000 : 4 * kSize; }
  static bool stays() { return GetParam() == Way::kInPlace; }

  LargeBlocks blocks_;
  FaultNotes notes_;
};

INSTANTIATE_TEST_SUITE_P(Ways, LargeResizeTest, testing::Values(Way::kInPlace, Way::kMoved, Way::kCopied));

TEST_P(LargeResizeTest, TheBlockIsTheCallsThatResizedIt) {
  unsigned char* const block = make();
  unsigned char* const resized = grow(block, grown(), {13, 5, 77});
  ASSERT_NE(resized, nullptr);
  ASSERT_EQ(resized == block, stays());
  const core::BlockSnapshot now = blocks_.find_exact(resized);
  EXPECT_EQ(now.state, BlockState::kLive);
  EXPECT_EQ(now.requested, grown());
  EXPECT_EQ(now.alloc_trace, 13U);
  EXPECT_EQ(now.alloc_thread, 5U);
  EXPECT_EQ(now.number, 77U);
  EXPECT_EQ(blocks_.usable_size(resized, notes_), grown());
  EXPECT_EQ(blocks_.check(core::Moment::kCheck, notes_), 0U);
  resized[grown()] ^= 0x55;
  EXPECT_EQ(blocks_.check(core::Moment::kCheck, notes_), 1U);
  EXPECT_EQ(notes_.only().block.alloc_trace, 13U);
}

TEST_P(LargeResizeTest, ItsFormerPlaceRemembersBothCalls) {
  if (stays()) return;
  unsigned char* const block = make();
  ASSERT_NE(grow(block, grown(), {13, 5, 77}), nullptr);
  const core::BlockSnapshot former = blocks_.find_exact(block);
  EXPECT_EQ(former.state, BlockState::kQuarantined);
  EXPECT_EQ(former.requested, kSize);
  EXPECT_EQ(former.alloc_trace, 11U);
  EXPECT_EQ(former.alloc_thread, 3U);
  EXPECT_EQ(former.number, 42U);
  EXPECT_EQ(former.free_trace, 13U);
  EXPECT_EQ(former.free_thread, 5U);
  EXPECT_EQ(blocks_.stats().live_blocks, 1U);
  EXPECT_EQ(blocks_.stats().live_bytes, grown());
  core::FreeRequest again;
  again.by = {14, 6, 0};
  EXPECT_TRUE(blocks_.deallocate(block, again, notes_));
  EXPECT_EQ(notes_.only().kind, core::FaultKind::kDoubleFree);
  EXPECT_EQ(notes_.only().block.alloc_trace, 11U);
  EXPECT_EQ(notes_.only().block.free_trace, 13U);
}

// Poison where its padding was, and zeros behind that: neither the padding nor anything of another block.
TEST_P(LargeResizeTest, WhatItGrowsByIsFresh) {
  unsigned char* const block = make();
  unsigned char* const resized = grow(block, grown(), {13, 5, 77});
  ASSERT_NE(resized, nullptr);
  ASSERT_TRUE(std::all_of(resized, resized + kSize, [](unsigned char byte) { return byte == 'a'; }));
  const core::Poison poison = core::Keys::derive(kKey).poison;
  const auto* const begin = reinterpret_cast<const std::byte*>(resized);
  std::size_t poisoned = 0;
  for (std::size_t at = align_up(kSize, core::kGranule); at + 8 <= grown(); at += 8) {
    const std::uint64_t word = core::load_word(begin + at);
    if (word == 0) continue;
    ASSERT_EQ(word, poison.word(address_of(begin + at))) << at;
    ++poisoned;
  }
  EXPECT_GT(poisoned, 0U);
}

TEST_P(LargeResizeTest, DamageOfItsPaddingIsReportedBeforeItBecomesData) {
  for (std::size_t offset = 0; offset < core::kMinPadding; ++offset) {
    notes_.faults.clear();
    unsigned char* const block = make();
    block[kSize + offset] ^= 0x55;
    unsigned char* const resized = grow(block, grown(), {13, 5, 77});
    ASSERT_NE(resized, nullptr);
    const core::Fault fault = notes_.only();
    ASSERT_EQ(fault.kind, core::FaultKind::kHeapBufferOverflow);
    ASSERT_EQ(fault.moment, core::Moment::kRealloc);
    ASSERT_EQ(fault.damage.address, address_of(block) + kSize + offset);
    ASSERT_EQ(fault.block.alloc_trace, 11U);
    ASSERT_EQ(blocks_.check(core::Moment::kCheck, notes_), 0U);
    blocks_.deallocate(resized, {}, notes_);
  }
}

TEST_P(LargeResizeTest, ShrunkAndGrownAgainItShowsNothingOfWhatItHeld) {
  if (!stays()) return;
  unsigned char* const block = make();
  constexpr std::size_t kShort = kSize - 10000;
  ASSERT_EQ(resize_to(block, kShort, {13, 5, 77}), block);
  ASSERT_EQ(resize_to(block, kSize, {15, 5, 78}), block);
  ASSERT_TRUE(std::all_of(block, block + kShort, [](unsigned char byte) { return byte == 'a'; }));
  const std::size_t fresh = align_up(kShort, core::kGranule);
  EXPECT_EQ(std::search_n(block + fresh, block + kSize, 8, 'a'), block + kSize);
  EXPECT_EQ(blocks_.find_exact(block).alloc_trace, 15U);
  EXPECT_TRUE(notes_.faults.empty());
}

}  // namespace
}  // namespace padlock::runtime
