// Poisoned pieces of blocks: what is filled, what of it was changed, against a plain model of bytes and
// pages.
#include "runtime/holders/pool_pieces.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <algorithm>
#include <cstring>
#include <random>
#include <vector>

#include "base/arith.h"
#include "core/block/header.h"
#include "runtime/memory/pool_marks.h"
#include "runtime/memory/settings.h"
#include "runtime/process/init.h"

namespace padlock::runtime::pool_pieces_checks {
namespace {

constexpr std::size_t kPage = 4096;

std::uint8_t* bytes_at(std::uintptr_t address) { return reinterpret_cast<std::uint8_t*>(address); }

std::uint8_t poison_at(std::uintptr_t address) { return settings.keys.poison.byte(address); }

std::vector<core::Fault> faults_of(FaultList& list) {
  std::vector<core::Fault> faults;
  for (core::Fault fault; list.take(fault);) faults.push_back(fault);
  return faults;
}

// The data of a block over pages of the test's own.
class PoolPiecesTest : public testing::Test {
 protected:
  static constexpr std::size_t kPages = 6;

  PoolPiecesTest() {
    initialize();
    void* const pages =
        mmap(nullptr, kPages * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    base_ = address_of(pages);
    set_block(kPage - 304, 4 * kPage + 100);
  }
  ~PoolPiecesTest() override { munmap(bytes_at(base_), kPages * kPage); }

  void set_block(std::size_t offset, std::size_t size) {
    static std::uint64_t number = 1000;
    block_.header = base_ + offset - core::kHeaderSize;
    block_.user = base_ + offset;
    block_.requested = size;
    block_.block_size = size + core::kHeaderSize;
    block_.number = ++number;
    block_.sealed = true;
    std::memset(bytes_at(base_), 0x11, kPages * kPage);
  }
  [[nodiscard]] AddressRange data() const { return {block_.user, block_.user + block_.requested}; }
  void poison(AddressRange range, bool filled = true) {
    if (filled) fill_piece(range);
    ASSERT_TRUE(pool_marks.poison(block_, range, filled));
  }
  // Without zeros at its ends.
  static AddressRange nonzero_part(AddressRange range) {
    while (*bytes_at(range.begin) == 0) ++range.begin;
    while (*bytes_at(range.end - 1) == 0) --range.end;
    return range;
  }
  void close(std::uintptr_t page) { mprotect(bytes_at(page), kPage, PROT_NONE); }
  void open(std::uintptr_t page) { mprotect(bytes_at(page), kPage, PROT_READ | PROT_WRITE); }

  std::vector<core::Fault> verify(AddressRange range, core::Moment moment = core::Moment::kCheck) {
    EXPECT_TRUE(verify_pieces(block_, range, moment, list_));
    return faults_of(list_);
  }

  std::uintptr_t base_ = 0;
  core::BlockSnapshot block_;
  FaultList list_;
};

TEST_F(PoolPiecesTest, FillingChangesTheBytesOfTheRangeAndNoOthers) {
  const std::uintptr_t middle = base_ + kPage;
  for (std::uintptr_t begin = middle; begin < middle + 9; ++begin) {
    for (std::uintptr_t end = begin; end < middle + 40; ++end) {
      std::memset(bytes_at(middle - 16), 0x11, 80);
      fill_piece({begin, end});
      for (std::uintptr_t at = middle - 16; at < middle + 64; ++at)
        ASSERT_EQ(*bytes_at(at), at >= begin && at < end ? poison_at(at) : 0x11) << at - middle;
    }
  }
}

TEST_F(PoolPiecesTest, AChangedByteIsReportedAsWhatItIsAndPutBack) {
  poison({block_.user + 100, block_.user + 200});
  const std::uintptr_t changed = block_.user + 150;
  *bytes_at(changed) ^= 0x41;
  const std::vector<core::Fault> faults = verify(data(), core::Moment::kCall);
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0].kind, core::FaultKind::kUseAfterPoison);
  EXPECT_EQ(faults[0].moment, core::Moment::kCall);
  EXPECT_EQ(faults[0].block, block_);
  EXPECT_EQ(faults[0].damage.address, changed);
  EXPECT_EQ(faults[0].damage.offset, 150);
  EXPECT_EQ(faults[0].damage.length, 1U);
  EXPECT_EQ(*bytes_at(changed), poison_at(changed));
  EXPECT_TRUE(verify(data()).empty());
}

TEST_F(PoolPiecesTest, WhatWasNotFilledMayBeChangedAndStaysSo) {
  poison({block_.user + 96, block_.user + 200}, false);
  poison({block_.user + 120, block_.user + 130});
  std::memset(bytes_at(block_.user + 90), 0x77, 120);
  for (const std::uintptr_t end : {block_.user + 120, block_.user + 129}) *bytes_at(end) = ~poison_at(end);
  const std::vector<core::Fault> faults = verify(data());
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0].damage.offset, 120);
  EXPECT_EQ(faults[0].damage.length, 10U);
  for (std::uintptr_t at = block_.user + 90; at < block_.user + 210; ++at) {
    const bool mended = at >= block_.user + 120 && at < block_.user + 130;
    ASSERT_EQ(*bytes_at(at), mended ? poison_at(at) : 0x77) << at - block_.user;
  }
}

TEST_F(PoolPiecesTest, OnlyTheRangeIsLookedAt) {
  poison(data());
  const std::uintptr_t middle = block_.user + 1000;
  *bytes_at(middle - 1) ^= 1;
  *bytes_at(middle + 10) ^= 1;
  EXPECT_TRUE(verify({middle, middle + 10}).empty());
  const std::vector<core::Fault> faults = verify({middle - 1, middle + 11});
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0].damage.address, middle - 1);
  EXPECT_EQ(faults[0].damage.length, 12U);
}

TEST_F(PoolPiecesTest, AnotherLifeOfTheBlockHasNoPieces) {
  poison(data());
  *bytes_at(block_.user + 8) ^= 1;
  ++block_.number;
  EXPECT_TRUE(verify(data()).empty());
  --block_.number;
  EXPECT_EQ(verify(data()).size(), 1U);
}

TEST_F(PoolPiecesTest, WholePagesThatAreClosedOrZeroAreNoneOfIt) {
  set_block(kPage, 4 * kPage);
  poison(data());
  const std::uintptr_t zeros = base_ + 2 * kPage;
  const std::uintptr_t closed = base_ + 3 * kPage;
  std::memset(bytes_at(zeros), 0, kPage);
  close(closed);
  EXPECT_TRUE(verify(data()).empty());
  open(closed);
  *bytes_at(zeros + kPage - 1) = 1;  // zeros with one byte of something else
  const std::vector<core::Fault> faults = verify(data());
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0].damage.address, zeros);
  EXPECT_EQ(faults[0].damage.length, kPage);
}

TEST_F(PoolPiecesTest, APartOfAPageThatIsZeroIsDamage) {
  set_block(kPage + 16, 2 * kPage);
  poison(data());
  const AddressRange changed = nonzero_part(data());
  std::memset(bytes_at(block_.user), 0, kPage - 16);  // all that is the block's of its first page,
  std::memset(bytes_at(base_ + 3 * kPage), 0, 16);    // and of its last one
  const std::vector<core::Fault> faults = verify(data());
  ASSERT_EQ(faults.size(), 1U);
  EXPECT_EQ(faults[0].damage.address, changed.begin);
  EXPECT_EQ(faults[0].damage.length, changed.size());
}

TEST_F(PoolPiecesTest, DamageBeforeAndBehindAPageThatWasGivenBackIsTwofold) {
  set_block(kPage - 304, 4 * kPage);
  poison(data());
  close(base_ + 2 * kPage);
  *bytes_at(base_ + 2 * kPage - 1) ^= 1;
  *bytes_at(base_ + 3 * kPage) ^= 1;
  const std::vector<core::Fault> faults = verify(data());
  open(base_ + 2 * kPage);
  ASSERT_EQ(faults.size(), 2U);
  EXPECT_EQ(faults[0].damage.address, base_ + 2 * kPage - 1);
  EXPECT_EQ(faults[0].damage.length, 1U);
  EXPECT_EQ(faults[0].damage.window.start, base_ + 2 * kPage - 48);
  EXPECT_EQ(faults[0].damage.window.size, 48U);
  EXPECT_EQ(faults[1].damage.address, base_ + 3 * kPage);
  EXPECT_EQ(faults[1].damage.window.start, base_ + 3 * kPage);
  EXPECT_EQ(faults[1].damage.window.size, core::DamageWindow::kCapacity);
}

TEST_F(PoolPiecesTest, TheWindowShowsTheBlocksDataAndNothingBeyond) {
  set_block(kPage + 32, 100);
  poison({block_.user + 8, block_.user + 90});
  *bytes_at(block_.user + 8) ^= 1;
  *bytes_at(block_.user + 89) ^= 1;
  const std::vector<core::Fault> faults = verify(data());
  ASSERT_EQ(faults.size(), 1U);
  const core::DamageWindow& window = faults[0].damage.window;
  EXPECT_EQ(window.start, block_.user);
  ASSERT_EQ(window.size, 100U);
  for (std::size_t i = 0; i < 100; ++i) {
    const bool poisoned = i >= 8 && i < 90;
    EXPECT_EQ(window.known[i], poisoned) << i;
    EXPECT_EQ(window.expected[i], poisoned ? poison_at(block_.user + i) : 0) << i;
    EXPECT_EQ(window.found[i], poisoned ? poison_at(block_.user + i) ^ (i == 8 || i == 89 ? 1 : 0) : 0x11)
        << i;
  }
}

TEST_F(PoolPiecesTest, WhereNoMoreFaultsCanBeKeptTheRestStaysAsItIs) {
  poison(data());
  *bytes_at(block_.user + 8) ^= 1;
  FaultList full;
  while (!full.full()) full.on_fault({});
  EXPECT_FALSE(verify_pieces(block_, data(), core::Moment::kCheck, full));
  EXPECT_TRUE(verify_pieces(block_, {block_.user, block_.user}, core::Moment::kCheck, full));
  EXPECT_EQ(faults_of(full).size(), FaultList::kMost);
  EXPECT_TRUE(verify_pieces(block_, data(), core::Moment::kCheck, full));
  EXPECT_EQ(faults_of(full).size(), 1U);
}

// What is known of each byte of the pages, and of each page.
struct Model {
  struct Byte {
    bool poisoned = false;
    bool filled = false;
    std::uint8_t now = 0;
  };
  struct Found {
    std::uintptr_t first = 0, last = 0;
    AddressRange shown;
  };

  [[nodiscard]] bool is_changed(std::uintptr_t at) const {
    const Byte& byte = bytes[at - base];
    return byte.poisoned && byte.filled && byte.now != poison_at(at);
  }
  [[nodiscard]] bool is_passed_over(std::uintptr_t page, AddressRange range) const {
    if (page < range.begin || page + kPage > range.end) return false;
    if (closed[(page - base) / kPage]) return true;
    const auto first = bytes.begin() + static_cast<std::ptrdiff_t>(page - base);
    return std::all_of(first, first + kPage, [](const Byte& byte) { return byte.now == 0; });
  }
  // Puts right what it finds.
  std::vector<Found> find(AddressRange range, AddressRange data) {
    std::vector<Found> found;
    while (range.begin < range.end && !bytes[range.begin - base].poisoned) ++range.begin;
    AddressRange run{range.begin, range.begin};
    const auto end_run = [&] {
      find_in(run, data, found);
      run = {};
    };
    for (std::uintptr_t at = range.begin; at < range.end;) {
      const std::uintptr_t page = align_down(at, std::uintptr_t{kPage});
      const std::uintptr_t next = std::min(page + kPage, range.end);
      if (is_passed_over(page, range)) {
        end_run();
      } else {
        run = {run.begin == run.end ? at : run.begin, next};
      }
      at = next;
    }
    end_run();
    return found;
  }

  std::uintptr_t base = 0;
  std::vector<Byte> bytes;
  std::vector<bool> closed;

 private:
  void find_in(AddressRange run, AddressRange data, std::vector<Found>& found) {
    Found one;
    for (std::uintptr_t at = run.begin; at < run.end; ++at) {
      if (!is_changed(at)) continue;
      if (one.first == 0) one.first = at;
      one.last = at;
      bytes[at - base].now = poison_at(at);
    }
    if (one.first == 0) return;
    const std::uintptr_t page = kPage;
    const AddressRange readable{std::max(data.begin, align_down(run.begin, page)),
                                std::min(data.end, align_up(run.end, page))};
    one.shown.begin = std::max(readable.begin, align_down(one.first - 32, std::uintptr_t{16}));
    one.shown.end = std::min(readable.end, one.shown.begin + core::DamageWindow::kCapacity);
    found.push_back(one);
  }
};

class PoolPiecesAtRandom : public PoolPiecesTest {
 protected:
  [[nodiscard]] std::size_t pick(std::size_t count) { return random_() % count; }
  // Of the block's data; more often than not it begins or ends at a page's border, or close to it.
  AddressRange pick_range() {
    const auto place = [&]() -> std::uintptr_t {
      if (pick(3) == 0) return block_.user + pick(block_.requested + 1);
      std::uintptr_t at = base_ + pick(kPages) * kPage;
      at += pick(3) * 8;
      return at + pick(3) - 8;
    };
    const auto clamp = [&](std::uintptr_t at) { return std::clamp(at, data().begin, data().end); };
    const AddressRange range{clamp(place()), clamp(place())};  // in order, between braces
    return range.begin <= range.end ? range : AddressRange{range.end, range.begin};
  }

  void begin_block() {
    // One after the other: compilers differ in which argument they evaluate first.
    std::size_t offset = kPage + pick(3) * kPage;
    offset += 16 * pick(4);
    offset -= 32 * pick(2);
    set_block(offset, kPage + pick(2 * kPage - 64));
    if (pick(4) == 0)
      block_.requested = align_down(block_.user + block_.requested, std::uintptr_t{kPage}) - block_.user;
    model_.base = base_;
    model_.closed.assign(kPages, false);
    model_.bytes.assign(kPages * kPage, {});
    for (Model::Byte& byte : model_.bytes) byte.now = 0x11;
  }
  void change_marks() {
    const AddressRange range = pick_range();
    const bool poisons = pick(4) != 0;
    const bool fills = pick(3) != 0;
    if (poisons && fills) fill_piece(range);
    if (poisons) {
      ASSERT_TRUE(pool_marks.poison(block_, range, fills));
    } else {
      pool_marks.unpoison(block_, range);
    }
    for (std::uintptr_t at = range.begin; at < range.end; ++at) {
      Model::Byte& byte = model_.bytes[at - base_];
      byte.poisoned = poisons;
      byte.filled = poisons && fills;
      if (poisons && fills) byte.now = poison_at(at);
    }
  }
  void write(AddressRange range, std::uint8_t value) {
    for (std::uintptr_t at = range.begin; at < range.end; ++at) {
      *bytes_at(at) = value;
      model_.bytes[at - base_].now = value;
    }
  }
  void change_bytes() {
    AddressRange range = pick_range();
    if (pick(3) != 0) range.end = std::min(range.end, range.begin + 1 + pick(20));
    write(range, pick(2) == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(pick(256)));
  }
  void change_page() {
    const std::size_t page = pick(kPages);
    const std::uintptr_t begin = base_ + page * kPage;
    if (begin < data().begin || begin + kPage > data().end || model_.closed[page]) return;
    if (pick(2) == 0) return write({begin, begin + kPage}, 0);
    model_.closed[page] = true;
    close(begin);
  }
  void open_all() {
    for (std::size_t page = 0; page < kPages; ++page) {
      if (model_.closed[page]) open(base_ + page * kPage);
      model_.closed[page] = false;
    }
  }
  // A range that a closed page reaches into would fault.
  [[nodiscard]] AddressRange pick_readable() {
    AddressRange range = pick(2) == 0 ? data() : pick_range();
    range.begin = pool_marks.first_poisoned(block_.user, block_.number, range);
    for (std::size_t page = 0; page < kPages; ++page) {
      const std::uintptr_t begin = base_ + page * kPage;
      if (!model_.closed[page] || begin >= range.end || begin + kPage <= range.begin) continue;
      if (begin < range.begin || begin + kPage > range.end) return {range.begin, range.begin};
    }
    return range;
  }
  void expect_as_found(const std::vector<Model::Found>& expected, const std::vector<core::Fault>& faults) {
    ASSERT_EQ(faults.size(), expected.size());
    for (std::size_t i = 0; i < faults.size(); ++i) {
      const core::Damage& damage = faults[i].damage;
      ASSERT_EQ(damage.address, expected[i].first);
      ASSERT_EQ(damage.offset, static_cast<std::int64_t>(expected[i].first - block_.user));
      ASSERT_EQ(damage.length, expected[i].last - expected[i].first + 1);
      ASSERT_EQ(damage.window.start, expected[i].shown.begin);
      ASSERT_EQ(damage.window.size, expected[i].shown.size());
    }
  }
  void expect_bytes() {
    for (std::uintptr_t at = base_; at < base_ + kPages * kPage; ++at)
      ASSERT_EQ(*bytes_at(at), model_.bytes[at - base_].now) << at - block_.user;
  }

  Model model_;
  std::mt19937 random_{7};
};

TEST_F(PoolPiecesAtRandom, WhatIsFoundIsWhatWasChanged) {
  std::size_t found = 0;
  for (int round = 0; round < 400 && !HasFatalFailure(); ++round) {
    SCOPED_TRACE(round);
    if (round % 4 == 0) begin_block();
    for (std::size_t left = pick(3) + 1; left != 0; --left) change_marks();
    for (std::size_t left = pick(3); left != 0; --left) change_bytes();
    for (std::size_t left = pick(3); left != 0; --left) change_page();
    const AddressRange range = pick_readable();
    const std::vector<Model::Found> expected = model_.find(range, data());
    expect_as_found(expected, verify(range));
    open_all();
    expect_bytes();
    found += expected.size();
  }
  EXPECT_GT(found, 80U);
}

}  // namespace
}  // namespace padlock::runtime::pool_pieces_checks
