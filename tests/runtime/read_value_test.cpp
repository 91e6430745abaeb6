// Values that Padlock had put into memory: which word each was read from, which block's memory that was, and
// how far from the word a value may lie.
#include "runtime/holders/read_value.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <vector>

#include "base/arith.h"
#include "core/block/header.h"
#include "process_heap.h"
#include "runtime/calls/statistics.h"
#include "runtime/calls/trim.h"
#include "runtime/holders/place.h"
#include "runtime/holders/pool_pieces.h"
#include "runtime/memory/bootstrap.h"
#include "runtime/memory/settings.h"
#include "runtime/threads/thread_slot.h"

namespace padlock::runtime::read_value_checks {
namespace {

using core::FaultKind;
using core::ReadValue;

constexpr std::uintptr_t kWord = sizeof(std::uint64_t);
constexpr std::int64_t kReach = 64 * 1024;  // of a value that still stands in memory
constexpr std::int64_t kMember = 4096;      // of one that is gone

class ReadValueTest : public ProcessHeapTest {
 protected:
  static std::uint64_t load(std::uintptr_t address) {
    std::uint64_t word = 0;
    std::memcpy(&word, reinterpret_cast<const void*>(address), sizeof word);
    return word;
  }
  static void store(std::uintptr_t address, std::uint64_t word) {
    std::memcpy(reinterpret_cast<void*>(address), &word, sizeof word);
  }
  /// As Padlock fills memory; the word there.
  static std::uint64_t fill(std::uintptr_t address) {
    fill_piece({address, address + kWord});
    return load(address);
  }
  static core::Fault explain(std::uint64_t value) { return explain_value(value, ReadValue::Use::kAccess); }
  static bool others_are_idle() { return statistics(here()).idle_blocks_bytes > 1024 * 1024; }
  static std::uint64_t moved(std::uint64_t value, std::int64_t by) {
    return value + static_cast<std::uint64_t>(by);
  }
};

TEST_F(ReadValueTest, AWordOfALiveBlockWasNeverWritten) {
  std::uint8_t* const block = take(250);
  const std::uintptr_t user = address_of(block);
  for (const std::uintptr_t offset : {0U, 8U, 240U, 248U}) {
    const std::uint64_t padding = load(user + offset);
    const std::uint64_t value = fill(user + offset);
    const core::Fault fault = explain(value);
    EXPECT_EQ(fault.kind, FaultKind::kUninitialized) << offset;
    EXPECT_EQ(fault.block, find_block(user)) << offset;
    EXPECT_EQ(fault.address, value) << offset;
    const ReadValue expected{.use = ReadValue::Use::kAccess, .value = value, .source = user + offset};
    EXPECT_EQ(fault.read, expected) << offset;
    store(user + offset, padding);
  }
  give(block);
  EXPECT_EQ(kinds(), Kinds{});
}

TEST_F(ReadValueTest, AWordOfAFreedBlockIsUsedAfterTheFree) {
  for (const std::size_t size : {24U, 250U, 5000U, 100'000U}) {
    std::uint8_t* const block = take(size);
    const std::uintptr_t user = address_of(block);
    give(block);
    const core::BlockSnapshot freed = find_block(user);
    for (const std::uintptr_t address : {user, user + 8, freed.header + freed.block_size - kWord}) {
      const std::uint64_t value = load(address);
      const core::Fault fault = explain(value);
      EXPECT_EQ(fault.kind, FaultKind::kUseAfterFree) << size;
      EXPECT_EQ(fault.block, freed) << size;
      const ReadValue expected{.use = ReadValue::Use::kAccess, .value = value, .source = address};
      EXPECT_EQ(fault.read, expected) << size;
    }
  }
}

TEST_F(ReadValueTest, TheUseIsWhatTheCallerSays) {
  std::uint8_t* const block = take(64);
  const std::uint64_t value = fill(address_of(block));
  using Use = ReadValue::Use;
  for (const Use use : {Use::kAccess, Use::kIndex, Use::kTable, Use::kJump, Use::kPointer, Use::kSize}) {
    const core::Fault fault = explain_value(value, use);
    EXPECT_EQ(fault.read.use, use);
    EXPECT_EQ(fault.address, use == Use::kSize ? 0 : value) << "a size is no address";
  }
  give(block);
}

TEST_F(ReadValueTest, AValueMayLieSixtyFourKibibytesFromAWordThatStandsThere) {
  std::uint8_t* const block = take(64);
  const std::uint64_t word = fill(address_of(block));
  for (const std::int64_t offset :
       {std::int64_t{-1}, std::int64_t{8}, kMember + 1, -kMember - 1, kReach, -kReach}) {
    const core::Fault fault = explain(moved(word, offset));
    EXPECT_EQ(fault.kind, FaultKind::kUninitialized) << offset;
    EXPECT_EQ(fault.read.offset, offset);
    EXPECT_EQ(fault.read.source, address_of(block));
    EXPECT_EQ(fault.read.value, moved(word, offset));
    EXPECT_FALSE(fault.read.gone);
  }
  EXPECT_EQ(explain(moved(word, kReach + 1)), core::Fault());
  EXPECT_EQ(explain(moved(word, -kReach - 1)), core::Fault());
  give(block);
}

TEST_F(ReadValueTest, AValueMayLieAMemberFromAWordThatIsGone) {
  std::uint8_t* const block = take(64);
  const std::uint64_t word = fill(address_of(block));
  store(address_of(block), 5);
  for (const std::int64_t offset : {std::int64_t{0}, kMember, -kMember}) {
    const core::Fault fault = explain(moved(word, offset));
    EXPECT_EQ(fault.kind, FaultKind::kUninitialized) << offset;
    EXPECT_EQ(fault.block.user, address_of(block));
    EXPECT_EQ(fault.read.offset, offset);
    EXPECT_TRUE(fault.read.gone);
  }
  EXPECT_EQ(explain(moved(word, kMember + 1)).kind, FaultKind::kNone);
  EXPECT_EQ(explain(moved(word, -kMember - 1)).kind, FaultKind::kNone);
  give(block);
}

// What lies around the data of a live block is not the program's to read.
TEST_F(ReadValueTest, AWordBesideTheDataOfABlockIsOfNoBlock) {
  std::uint8_t* const block = take(248);
  const std::uintptr_t user = address_of(block);
  for (const std::uintptr_t address : {user - kWord, user + 248}) {
    const std::uint64_t before = load(address);
    const std::uint64_t value = fill(address);
    const core::Fault fault = explain(value);
    EXPECT_EQ(fault.kind, FaultKind::kUseAfterFree);
    EXPECT_FALSE(fault.block.present());
    EXPECT_EQ(fault.read.source, address);
    store(address, before);
    EXPECT_EQ(explain(value).kind, FaultKind::kNone) << "it does not even stand there";
  }
  give(block);
}

TEST_F(ReadValueTest, ABlockWhoseHeaderDoesNotVerifyIsNotNamed) {
  std::uint8_t* const block = take(250);
  const std::uint64_t value = fill(address_of(block) + 8);
  const auto change_header = [&] {
    for (std::size_t i = 1; i <= core::kHeaderSize; ++i) *(block - i) ^= 0x5a;
  };
  change_header();
  const core::Fault fault = explain(value);
  EXPECT_EQ(fault.kind, FaultKind::kUseAfterFree);
  EXPECT_FALSE(fault.block.present());
  store(address_of(block) + 8, 0);
  EXPECT_EQ(explain(value).kind, FaultKind::kNone);
  change_header();
  give(block);
}

// Of the blocks that were lent with one, beside it: they hold nothing that the program could have read.
TEST_F(ReadValueTest, ABlockThatWasNeverHandedOutIsNotNamed) {
  if (others_are_idle()) GTEST_SKIP() << "other tests have left many";
  std::vector<std::uint8_t*> blocks;
  int blank = 0;
  while (blank == 0 && blocks.size() < 1000) {
    blocks.push_back(take(1000));
    const core::BlockSnapshot live = find_block(address_of(blocks.back()));
    for (const std::uintptr_t user : {live.user - live.block_size, live.user + live.block_size}) {
      if (place_of(user).holder != Holder::kArena || find_block(user).present()) continue;
      ++blank;
      const std::uint64_t before = load(user + 8);
      const core::Fault fault = explain(fill(user + 8));
      EXPECT_EQ(fault.kind, FaultKind::kUseAfterFree);
      EXPECT_FALSE(fault.block.present());
      store(user + 8, before);
    }
  }
  EXPECT_GT(blank, 0);
  for (std::uint8_t* const block : blocks) give(block);
}

TEST_F(ReadValueTest, MemoryThatIsNoBlocksSaysNothing) {
  alignas(8) std::uint64_t local = 0;
  EXPECT_EQ(explain(fill(address_of(&local))).kind, FaultKind::kNone);
  const std::uintptr_t unchecked = address_of(bootstrap_heap.allocate(64, 0));
  const std::uint64_t value = fill(unchecked);
  EXPECT_EQ(explain(value).kind, FaultKind::kNone);
  EXPECT_EQ(explain_half(value & 0xffff'ffff).kind, FaultKind::kNone);
  EXPECT_EQ(explain_half(value >> 32).kind, FaultKind::kNone);
  for (const std::uint64_t number :
       {std::uint64_t{0}, std::uint64_t{1}, ~std::uint64_t{0}, std::uint64_t{1} << 40})
    EXPECT_EQ(explain(number).kind, FaultKind::kNone) << number;
}

TEST_F(ReadValueTest, NothingIsExplainedBeforeThePoisonIsKnown) {
  std::uint8_t* const block = take(64);
  const std::uint64_t value = fill(address_of(block));
  set_up_read_values(core::Poison());
  const core::Poison none;
  EXPECT_EQ(explain(value).kind, FaultKind::kNone);
  EXPECT_EQ(explain_half(value & 0xffff'ffff).kind, FaultKind::kNone);
  store(address_of(block), none.word(address_of(block)));
  EXPECT_EQ(explain(none.word(address_of(block))).kind, FaultKind::kNone);
  EXPECT_EQ(explain_half(static_cast<std::uint32_t>(none.word(address_of(block)))).kind, FaultKind::kNone);
  set_up_read_values(settings.keys.poison);
  fill(address_of(block));
  EXPECT_EQ(explain(value).kind, FaultKind::kUninitialized);
  give(block);
}

// Blocks that were merged hold links to each other where the data were.
TEST_F(ReadValueTest, ALinkOfAnIdleBlockIsUsedAfterTheFree) {
  if (others_are_idle()) GTEST_SKIP() << "other tests have left many";
  // More than the quarantine holds; every other one stays, so that none is merged with another.
  std::vector<std::uint8_t*> blocks;
  for (int i = 0; i < 80; ++i) blocks.push_back(take(40'000));
  for (std::size_t i = 0; i < blocks.size(); i += 2) give(blocks[i]);
  trim(here());
  const std::uintptr_t user = address_of(blocks[2]);
  ASSERT_EQ(find_block(user).state, core::BlockState::kFree);
  const std::uint64_t link = load(user);
  ASSERT_NE(link, settings.keys.poison.word(user));
  for (const std::int64_t offset : {std::int64_t{0}, std::int64_t{24}, kReach, -kReach}) {
    const core::Fault fault = explain(moved(link, offset));
    EXPECT_EQ(fault.kind, FaultKind::kUseAfterFree) << offset;
    EXPECT_EQ(fault.block.user, user);
    const ReadValue expected{
        .use = ReadValue::Use::kAccess, .value = moved(link, offset), .offset = offset, .source = user};
    EXPECT_EQ(fault.read, expected);
  }
  EXPECT_EQ(explain(moved(link, kReach + 1)).kind, FaultKind::kNone);
  for (std::size_t i = 1; i < blocks.size(); i += 2) give(blocks[i]);
}

// An int that was read of such a word. Pages of the test's own blocks, far from what else is filled.
class HalfValueTest : public ReadValueTest {
 protected:
  static constexpr std::uintptr_t kMiddle = 512 * 1024;

  HalfValueTest() : block_(take(1024 * 1024)) {
    std::memset(block_, 0, 1024 * 1024);
    const std::uintptr_t middle = address_of(block_) + kMiddle;
    // Sixteen words in a row that are alike in their upper halves.
    place_ = middle - middle % 64;
    while (upper(place_ - kWord * 32) != upper(place_ + kWord * 32)) place_ += kWord;
  }
  ~HalfValueTest() override { give(block_); }

  static std::uint32_t lower(std::uintptr_t address) {
    return static_cast<std::uint32_t>(settings.keys.poison.word(address));
  }
  static std::uint32_t upper(std::uintptr_t address) {
    return static_cast<std::uint32_t>(settings.keys.poison.word(address) >> 32);
  }
  static std::uint64_t sign_extended(std::uint32_t half) {
    return static_cast<std::uint64_t>(std::int64_t{static_cast<std::int32_t>(half)});
  }
  static ReadValue read_of(ReadValue::Part part, std::uint32_t half, std::uintptr_t source) {
    return {.use = ReadValue::Use::kIndex, .part = part, .value = half, .source = source};
  }

  std::uint8_t* block_;
  std::uintptr_t place_ = 0;
};

TEST_F(HalfValueTest, TheLowerHalfSaysWhichWord) {
  int negative = 0;
  const std::uintptr_t apart = 9 * 4096;
  for (std::uintptr_t at = place_; at < place_ + 12 * apart; at += apart) {
    fill(at);
    const std::uint32_t half = lower(at);
    negative += half >> 31 != 0 ? 1 : 0;
    for (const std::uint64_t index : {std::uint64_t{half}, sign_extended(half)}) {
      const core::Fault fault = explain_half(index);
      EXPECT_EQ(fault.kind, FaultKind::kUninitialized);
      EXPECT_EQ(fault.block.user, address_of(block_));
      EXPECT_EQ(fault.read, read_of(ReadValue::Part::kLowerHalf, half, at));
    }
    for (const std::uint64_t upper_bits :
         {std::uint64_t{1}, std::uint64_t{1} << 31, std::uint64_t{0xffff'fffe}}) {
      const core::Fault fault = explain_half(upper_bits << 32 | half);
      EXPECT_EQ(fault.kind, FaultKind::kNone) << "it is no 32-bit number";
      EXPECT_EQ(fault.read, ReadValue());
    }
    store(at, 0);
    EXPECT_EQ(explain_half(half).kind, FaultKind::kNone) << "the word does not stand there";
  }
  EXPECT_GT(negative, 0);
  EXPECT_LT(negative, 12);
}

TEST_F(HalfValueTest, TheUpperHalfSaysWhichBlockWhereOnlyOneHasIt) {
  const std::uint32_t half = upper(place_);
  EXPECT_EQ(explain_half(half).kind, FaultKind::kNone);
  for (std::uintptr_t at = place_; at < place_ + 4 * kWord; at += kWord) fill(at);
  for (const std::uint64_t index : {std::uint64_t{half}, sign_extended(half)}) {
    const core::Fault fault = explain_half(index);
    EXPECT_EQ(fault.kind, FaultKind::kUninitialized);
    EXPECT_EQ(fault.block.user, address_of(block_));
    EXPECT_EQ(fault.read, read_of(ReadValue::Part::kUpperHalf, half, place_ + 4));
  }
  EXPECT_EQ(explain_half(std::uint64_t{1} << 32 | half).kind, FaultKind::kNone);
}

// Two blocks side by side, amidst others that hold nothing.
TEST_F(HalfValueTest, AnUpperHalfThatSeveralBlocksHaveNamesNone) {
  if (others_are_idle()) GTEST_SKIP() << "other tests have left many";
  std::vector<std::uint8_t*> blocks;
  for (int i = 0; i < 60; ++i) {
    blocks.push_back(take(40'000));
    std::memset(blocks.back(), 0, 40'000);
  }
  std::sort(blocks.begin(), blocks.end());
  std::uintptr_t last = 0;
  std::uintptr_t first = 0;
  // Not where 256 KiB end between them, which have one upper half.
  const auto have_one_half = [&](std::uint8_t* block, std::uint8_t* behind) {
    last = address_of(block) + 39'000 - address_of(block) % kWord;
    first = address_of(behind);
    while (first < address_of(behind) + 39'000 && upper(first) != upper(last)) first += kWord;
    return address_of(behind) - last < 2000 && first < address_of(behind) + 39'000;
  };
  std::size_t i = 0;
  while (i + 1 < blocks.size() && !have_one_half(blocks[i], blocks[i + 1])) ++i;
  ASSERT_LT(i + 1, blocks.size());
  const std::uint32_t half = upper(first);
  const auto explained = [&] {
    const core::Fault fault = explain_half(half);
    EXPECT_EQ(fault.kind, FaultKind::kUninitialized);
    EXPECT_EQ(fault.read.value, half);
    EXPECT_EQ(fault.read.part, ReadValue::Part::kUpperHalf);
    return fault.block.user;
  };
  fill(last);
  EXPECT_EQ(explained(), address_of(blocks[i]));
  fill(first);
  EXPECT_EQ(explained(), 0U);
  store(last, 0);
  EXPECT_EQ(explained(), address_of(blocks[i + 1]));
  for (std::uint8_t* const block : blocks) give(block);
}

}  // namespace
}  // namespace padlock::runtime::read_value_checks
