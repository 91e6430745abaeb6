// Guarded blocks against a plain list, with markers in the page tables and without: which slot each gets,
// where it lies in it, what is accessible, what is known and counted; and every byte of the slack around
// them.
#include "runtime/guarded/guarded_blocks.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <map>
#include <random>
#include <vector>

#include "base/arith.h"
#include "fault_notes.h"
#include "kernel.h"
#include "os/guard.h"
#include "runtime/large/map_budget.h"
#include "runtime/memory/memory_budget.h"
#include "runtime/memory/segment_table.h"

namespace padlock::runtime::guarded_checks {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kRegion = 64_MiB;  // each area has slots

core::Keys some_keys() { return core::Keys::derive(0x5eed); }

std::uint8_t* bytes_at(std::uintptr_t address) { return reinterpret_cast<std::uint8_t*>(address); }

core::AllocRequest plain(std::size_t size) {
  core::AllocRequest request;
  request.size = size;
  return request;
}

core::FreeRequest freed_by(const core::Caller& by) {
  core::FreeRequest request;
  request.by = by;
  return request;
}

struct Held {
  std::size_t size = 0;
  std::size_t alignment = 0;
  core::Caller by;
  AddressRange data;
  AddressRange slot;
  std::uint32_t area = 0;
};

// Of the slots of one size: fresh ones in order, until enough are freed; then the one that was freed first.
struct AreaModel {
  std::size_t used = 0;
  std::deque<std::size_t> freed;
};

class Player {
 public:
  Player(unsigned seed, bool exact)
      : random_(seed), exact_(exact), memory_(memory_budget.used()), maps_(map_budget.used()) {
    GuardedBlocks::Limits limits;
    limits.region_bytes = kRegion;
    limits.quarantine_bytes = kQuarantine;
    limits.exact = exact;
    blocks_.set_up(some_keys(), limits);
  }

  void play(int rounds) {
    EXPECT_EQ(blocks_.allocate(plain(10), GuardedSide::kBack), nullptr);  // not yet
    ASSERT_TRUE(blocks_.begin());
    ASSERT_TRUE(blocks_.begin());
    for (int round = 0; round < rounds && !testing::Test::HasFatalFailure(); ++round) {
      const bool grows = live_.size() < 4 || (round / 100 % 2 == 0 && live_.size() < 60);
      pick(100) < (grows ? 70U : 35U) ? allocate() : free_one();
      expect_counts();
      if (live_.empty()) continue;
      const auto one = any();
      expect_known(one->first, one->second);
    }
    while (!live_.empty() && !testing::Test::HasFatalFailure()) free_one();
    EXPECT_EQ(memory_budget.used(), memory_);
    EXPECT_EQ(GuardedBlocks::trim(notes_), 0U);
    EXPECT_TRUE(notes_.faults.empty());
    if (blocks_.has_markers()) {
      EXPECT_EQ(map_budget.used(), maps_);
    }
    expect_shortened();
  }

 private:
  static constexpr std::size_t kQuarantine = 256 * 1024;

  std::size_t pick(std::size_t below) { return random_() % below; }
  std::map<std::uintptr_t, Held>::iterator any() {
    return std::next(live_.begin(), static_cast<std::ptrdiff_t>(pick(live_.size())));
  }

  std::size_t any_size() {
    switch (pick(4)) {
      case 0:
        return pick(100);
      case 1:
        return pick(2 * kPage + 20);
      case 2:
        return (1 + pick(12)) * kPage - pick(40);
      default:
        return pick(126 * kPage + 1);
    }
  }

  // The first area whose slots have so many pages beside two that stay closed.
  static std::uint32_t area_for(std::size_t pages) {
    std::uint32_t area = 0;
    while ((std::size_t{4} << area) < pages + 2) ++area;
    return area;
  }

  static std::size_t slots_in(std::uint32_t area) { return (kRegion >> (area + 1)) / (4 * kPage << area); }

  std::optional<std::size_t> next_slot(std::uint32_t area) {
    AreaModel& known = areas_[area];
    const bool full = known.freed.size() * (4 * kPage << area) >= kQuarantine;
    if (known.used < slots_in(area) && !full) return known.used++;
    if (known.freed.empty()) return std::nullopt;
    const std::size_t slot = known.freed.front();
    known.freed.pop_front();
    return slot;
  }

  void allocate() {
    const std::size_t alignment = pick(3) == 0 ? std::size_t{1} << pick(20) : 0;
    Held held;
    held.size = any_size();
    held.alignment = alignment;
    held.by = {static_cast<std::uint32_t>(1 + pick(100)), static_cast<std::uint16_t>(pick(10)), ++number_};
    const GuardedSide side = pick(2) == 0 ? GuardedSide::kBack : GuardedSide::kFront;
    const std::size_t taken = std::max<std::size_t>(held.size, 1);
    const std::size_t data = align_up(taken, kPage);
    const std::size_t room = data + std::max(alignment, kPage) - kPage;
    ASSERT_EQ(GuardedBlocks::can_hold({held.size, alignment, core::Origin::kNew, held.by}),
              room <= 126 * kPage);
    const auto user = address_of(blocks_.allocate({held.size, alignment, core::Origin::kNew, held.by}, side));
    if (room > 126 * kPage) {
      ASSERT_EQ(user, 0U);
      return;
    }
    held.area = area_for(room / kPage);
    const std::optional<std::size_t> slot = next_slot(held.area);
    ASSERT_EQ(user != 0, slot.has_value());
    if (!slot) return;
    const std::size_t slot_size = 4 * kPage << held.area;
    if (region_ == 0) region_ = align_down(user, slot_size) - (kRegion - (kRegion >> held.area));
    const std::uintptr_t area_begin = region_ + kRegion - (kRegion >> held.area);
    held.slot = {area_begin + *slot * slot_size, area_begin + (*slot + 1) * slot_size};
    if (side == GuardedSide::kFront) {
      ASSERT_EQ(user, align_up(held.slot.begin + kPage, std::max(alignment, kPage)));
    } else {
      const std::size_t least = std::max(alignment, exact_ ? 1 : core::kGranule);
      ASSERT_EQ(user, align_down(held.slot.end - kPage - taken, least));
    }
    held.data = {align_down(user, kPage), align_up(user + taken, kPage)};
    expect_open(held, user);
    std::memset(bytes_at(user), 0x41, held.size);
    live_[user] = held;
  }

  void expect_open(const Held& held, std::uintptr_t user) {
    ASSERT_TRUE(std::all_of(bytes_at(user), bytes_at(user) + held.size, [](auto byte) { return byte == 0; }));
    ASSERT_TRUE(is_readable(held.data.begin));
    ASSERT_TRUE(is_readable(held.data.end - 1));
    ASSERT_FALSE(is_readable(held.data.begin - 1));
    ASSERT_FALSE(is_readable(held.data.end));
    ASSERT_FALSE(is_readable(held.slot.begin));
    ASSERT_FALSE(is_readable(held.slot.end - 1));
  }

  void free_one() {
    if (live_.empty()) return;
    const auto [user, held] = *any();
    core::FreeRequest request = freed_by({7, 8, 0});
    request.origin = core::Origin::kNew;
    if (held.alignment != 0) request.alignment = held.alignment;
    ASSERT_EQ(blocks_.prepare_to_move(bytes_at(user), request, notes_), GuardedBlocks::Movable::kYes);
    ASSERT_TRUE(blocks_.deallocate(bytes_at(user), request, notes_));
    ASSERT_TRUE(notes_.faults.empty());
    ASSERT_FALSE(is_readable(held.data.begin));
    ASSERT_FALSE(is_readable(held.data.end - 1));
    areas_[held.area].freed.push_back((held.slot.begin - (region_ + kRegion - (kRegion >> held.area))) /
                                      held.slot.size());
    live_.erase(user);
    expect_freed(user, held, request);
  }

  void expect_freed(std::uintptr_t user, const Held& held, const core::FreeRequest& request) {
    const core::BlockSnapshot block = blocks_.find_exact(bytes_at(user));
    ASSERT_EQ(block.user, user);
    ASSERT_EQ(block.state, core::BlockState::kQuarantined);
    ASSERT_EQ(block.free_trace, 7U);
    ASSERT_EQ(block.free_thread, 8U);
    ASSERT_EQ(block.number, held.by.number);
    ASSERT_EQ(blocks_.explain_trap(user).zone, PageHit::Zone::kFreed);
    ASSERT_EQ(blocks_.accessible_at(user), 0U);
    ASSERT_EQ(blocks_.prepare_to_move(bytes_at(user), request, notes_), GuardedBlocks::Movable::kRefused);
    ASSERT_EQ(notes_.only().kind, core::FaultKind::kDoubleFree);
    notes_.faults.clear();
    ASSERT_TRUE(blocks_.deallocate(bytes_at(user), request, notes_));
    ASSERT_EQ(notes_.only().kind, core::FaultKind::kDoubleFree);
    notes_.faults.clear();
    ASSERT_EQ(blocks_.usable_size(bytes_at(user), notes_), 0U);
    ASSERT_EQ(notes_.only().moment, core::Moment::kUsableSize);
    notes_.faults.clear();
  }

  void expect_known(std::uintptr_t user, const Held& held) {
    ASSERT_EQ(segment_table.owner_of(user), kGuardedOwner);
    for (const std::uintptr_t address : {held.slot.begin, user, user + held.size / 2, held.slot.end - 1}) {
      ASSERT_EQ(blocks_.find_block(address).user, user);
      ASSERT_EQ(blocks_.find_exact(bytes_at(address)).user, address == user ? user : 0U);
    }
    ASSERT_NE(blocks_.find_block(held.slot.begin - 1).user, user);
    ASSERT_NE(blocks_.find_block(held.slot.end).user, user);
    const core::BlockSnapshot block = blocks_.find_block(user);
    ASSERT_EQ(block.state, core::BlockState::kLive);
    ASSERT_EQ(block.requested, held.size);
    ASSERT_EQ(block.number, held.by.number);
    ASSERT_EQ(block.alloc_trace, held.by.trace);
    ASSERT_EQ(block.alloc_thread, held.by.thread);
    ASSERT_EQ(block.origin, core::Origin::kNew);
    ASSERT_EQ(block.header, user - core::kHeaderSize);
    ASSERT_EQ(block.header + block.block_size, held.data.end);
    ASSERT_TRUE(block.sealed);
    ASSERT_EQ(blocks_.usable_size(bytes_at(user), notes_), held.size);
    ASSERT_EQ(blocks_.usable_size(bytes_at(user) + 1, notes_), std::nullopt);
    ASSERT_EQ(blocks_.accessible_at(user), held.size);
    ASSERT_EQ(blocks_.accessible_at(user + held.size / 3), held.size - held.size / 3);
    ASSERT_EQ(blocks_.accessible_at(user + held.size), 0U);
    ASSERT_EQ(blocks_.accessible_at(user - 1), 0U);
    ASSERT_EQ(blocks_.explain_trap(held.data.begin).zone, PageHit::Zone::kNone);
    ASSERT_EQ(blocks_.explain_trap(held.data.end - 1).zone, PageHit::Zone::kNone);
    ASSERT_EQ(blocks_.explain_trap(held.data.begin - 1).zone, PageHit::Zone::kFrontGuard);
    ASSERT_EQ(blocks_.explain_trap(held.data.end).zone, PageHit::Zone::kBackGuard);
    ASSERT_FALSE(blocks_.deallocate(bytes_at(user) + 1, freed_by({}), notes_));
    ASSERT_EQ(blocks_.prepare_to_move(bytes_at(user) + 1, freed_by({}), notes_),
              GuardedBlocks::Movable::kNone);
  }

  void expect_counts() {
    const GuardedStats stats = blocks_.stats();
    std::size_t bytes = 0;
    std::size_t open = 0;
    for (const auto& [user, held] : live_) {
      bytes += held.size;
      open += held.data.size();
    }
    std::size_t freed = 0;
    std::size_t freed_bytes = 0;
    for (std::uint32_t area = 0; area != GuardedRegion::kAreas; ++area) {
      freed += areas_[area].freed.size();
      freed_bytes += areas_[area].freed.size() * (4 * kPage << area);
    }
    ASSERT_EQ(stats.live_blocks, live_.size());
    ASSERT_EQ(stats.live_bytes, bytes);
    ASSERT_EQ(stats.quarantined_blocks, freed);
    ASSERT_EQ(stats.quarantined_bytes, freed_bytes);
    ASSERT_EQ(blocks_.open_bytes(), open);
    ASSERT_EQ(memory_budget.used(), memory_ + open);
    ASSERT_EQ(blocks_.check(core::Moment::kCheck, notes_), 0U);
    ASSERT_EQ(blocks_.check(core::Moment::kCheck, notes_, 5), 0U);
  }

  // What no block has come to is gone; all others are still known.
  void expect_shortened() {
    blocks_.shorten();
    for (std::uint32_t area = 0; area != GuardedRegion::kAreas; ++area) {
      const std::size_t slot_size = 4 * kPage << area;
      const std::uintptr_t begin = region_ + kRegion - (kRegion >> area);
      const std::uintptr_t end = begin + areas_[area].used * slot_size;
      if (areas_[area].used != 0) {
        EXPECT_TRUE(blocks_.has_slot_at(begin));
        EXPECT_TRUE(blocks_.has_slot_at(end - 1));
      }
      if (areas_[area].used != slots_in(area)) {
        EXPECT_FALSE(blocks_.has_slot_at(end));
      }
    }
    EXPECT_FALSE(blocks_.has_slot_at(region_ - 1));
    EXPECT_FALSE(blocks_.has_slot_at(region_ + kRegion));
  }

  std::mt19937_64 random_;
  bool exact_;
  std::size_t memory_, maps_;
  GuardedBlocks blocks_;
  FaultNotes notes_;
  std::uint64_t number_ = 0;
  std::uintptr_t region_ = 0;
  std::map<std::uintptr_t, Held> live_;
  AreaModel areas_[GuardedRegion::kAreas];
};

TEST(GuardedBlocksModel, WithMarkers) {
  for (unsigned seed = 0; seed < 4; ++seed) Player(seed, seed % 2 != 0).play(1000);
}

// In a child, as markers are forbidden for good.
void play_without_markers() {
  os::forbid_guard_markers();
  for (unsigned seed = 4; seed < 7; ++seed) Player(seed, seed % 2 != 0).play(600);
  _exit(testing::Test::HasFailure() ? 1 : 0);
}
TEST(GuardedBlocksModel, WithMappings) {
  EXPECT_EXIT(play_without_markers(), testing::ExitedWithCode(0), "");
}

class GuardedBlocksTest : public testing::Test {
 protected:
  GuardedBlocksTest() {
    GuardedBlocks::Limits limits;
    limits.region_bytes = kRegion;
    blocks_.set_up(some_keys(), limits);
    blocks_.begin();
  }

  std::uint8_t* take(std::size_t size, GuardedSide side, std::size_t alignment = 0, core::Caller by = {}) {
    return static_cast<std::uint8_t*>(blocks_.allocate({size, alignment, core::Origin::kMalloc, by}, side));
  }

  GuardedBlocks blocks_;
  FaultNotes notes_;
};

TEST_F(GuardedBlocksTest, EveryByteOfTheSlackIsWatched) {
  const std::size_t sizes[] = {0, 1, 7, 8, 9, 15, 16, 17, 23, 24, 25, 31, 33, 100, kPage - 17, kPage - 1};
  for (const std::size_t size : sizes) {
    for (const std::size_t alignment : {std::size_t{0}, std::size_t{64}, std::size_t{512}}) {
      for (const GuardedSide side : {GuardedSide::kBack, GuardedSide::kFront}) {
        std::uint8_t* const block = take(size, side, alignment);
        ASSERT_NE(block, nullptr);
        const AddressRange data = blocks_.look_at(address_of(block)).data;
        const auto try_at = [&](std::uintptr_t address, core::FaultKind kind) {
          *bytes_at(address) ^= 0x55;
          ASSERT_EQ(blocks_.check(core::Moment::kCheck, notes_), 1U) << size << " " << address - data.begin;
          const core::Fault fault = notes_.only();
          ASSERT_EQ(fault.kind, kind);
          ASSERT_EQ(fault.damage.address, address);
          ASSERT_EQ(fault.damage.offset, static_cast<std::int64_t>(address - address_of(block)));
          ASSERT_EQ(fault.damage.length, 1U);
          notes_.faults.clear();
          *bytes_at(address) ^= 0x55;
        };
        const std::uintptr_t end = address_of(block) + size;
        for (std::uintptr_t at = end; at < std::min(end + 70, data.end); ++at)
          try_at(at, core::FaultKind::kHeapBufferOverflow);
        if (end < data.end) try_at(data.end - 1, core::FaultKind::kHeapBufferOverflow);
        for (std::uintptr_t at = std::max(data.begin, address_of(block) - 70); at < address_of(block); ++at)
          try_at(at, core::FaultKind::kHeapBufferUnderflow);
        if (data.begin < address_of(block)) try_at(data.begin, core::FaultKind::kHeapBufferUnderflow);
        if (HasFatalFailure()) return;
        blocks_.deallocate(block, {}, notes_);
      }
    }
  }
  EXPECT_TRUE(notes_.faults.empty());
}

TEST_F(GuardedBlocksTest, DamageIsReportedOnceWhereABlockMoves) {
  std::uint8_t* const block = take(100, GuardedSide::kFront);
  block[100] ^= 0x55;
  EXPECT_EQ(blocks_.prepare_to_move(block, {}, notes_), GuardedBlocks::Movable::kYes);
  EXPECT_EQ(notes_.only().moment, core::Moment::kRealloc);
  EXPECT_EQ(blocks_.prepare_to_move(block, {}, notes_), GuardedBlocks::Movable::kYes);
  EXPECT_EQ(blocks_.check(core::Moment::kCheck, notes_), 0U);
  EXPECT_EQ(notes_.faults.size(), 1U);
}

TEST_F(GuardedBlocksTest, CallsOfAnotherFamilyAreReported) {
  core::FreeRequest request;
  request.origin = core::Origin::kNewArray;
  std::uint8_t* const block = take(100, GuardedSide::kFront);
  EXPECT_EQ(blocks_.prepare_to_move(block, request, notes_), GuardedBlocks::Movable::kYes);
  EXPECT_EQ(notes_.only().kind, core::FaultKind::kAllocDeallocMismatch);
  notes_.faults.clear();
  EXPECT_TRUE(blocks_.deallocate(block, request, notes_));
  EXPECT_EQ(notes_.only().kind, core::FaultKind::kAllocDeallocMismatch);
  EXPECT_EQ(blocks_.stats().live_blocks, 0U);
}

TEST_F(GuardedBlocksTest, OfAChildsCheckOnlyItsOwnAre) {
  constexpr std::uint16_t kThreads[] = {0, 4, 5, 6};
  for (const std::uint16_t thread : kThreads) {
    std::uint8_t* const block = take(100, GuardedSide::kFront, 0, {1, thread, 1});
    block[100] ^= 0x55;
  }
  EXPECT_EQ(blocks_.check(core::Moment::kCheck, notes_), 4U);
  notes_.faults.clear();
  EXPECT_EQ(blocks_.check(core::Moment::kCheck, notes_, 5), 3U);
  for (const core::Fault& fault : notes_.faults) EXPECT_NE(fault.block.alloc_thread, 4U);
}

TEST_F(GuardedBlocksTest, AWalkVisitsThoseThatAreLive) {
  class Users final : public core::BlockVisitor {
   public:
    void visit(const core::BlockSnapshot& block) override { all.push_back(block.user); }
    std::vector<std::uintptr_t> all;
  };
  std::vector<std::uintptr_t> taken;
  for (const std::size_t size : {1U, 100U, 4000U, 5000U, 70'000U}) {
    taken.push_back(address_of(take(size, GuardedSide::kFront)));
    taken.push_back(address_of(take(size, GuardedSide::kBack)));
  }
  while (true) {
    Users users;
    blocks_.walk(users);
    std::ranges::sort(users.all);
    std::ranges::sort(taken);
    ASSERT_EQ(users.all, taken);
    if (taken.empty()) break;
    ASSERT_TRUE(blocks_.deallocate(bytes_at(taken[taken.size() / 2]), {}, notes_));
    taken.erase(taken.begin() + static_cast<std::ptrdiff_t>(taken.size() / 2));
  }
}

// By where their slots begin.
TEST_F(GuardedBlocksTest, TheNearestIsTheOneWhoseSlotBeginsNearest) {
  std::vector<std::uintptr_t> begins;
  for (const std::size_t size : {100U, 100U, 100U, 5000U, 5000U, 70'000U}) {
    const std::uintptr_t user = address_of(take(size, GuardedSide::kBack));
    std::uintptr_t begin = align_down(user, kPage);
    while (blocks_.look_at(begin - 1).block.user == user) begin -= kPage;
    begins.push_back(begin);
  }
  const auto [lowest, highest] = std::ranges::minmax(begins);
  const auto distance = [](std::uintptr_t one, std::uintptr_t other) {
    return one < other ? other - one : one - other;
  };
  for (std::uintptr_t address = lowest - 20 * kPage; address < highest + 40 * kPage;
       address += kPage / 2 + 1) {
    const core::BlockSnapshot nearest = blocks_.find_nearest(address);
    ASSERT_TRUE(nearest.present());
    std::uintptr_t begin = align_down(nearest.user, kPage);
    while (blocks_.look_at(begin - 1).block.user == nearest.user) begin -= kPage;
    std::uintptr_t least = UINTPTR_MAX;
    for (const std::uintptr_t one : begins) least = std::min(least, distance(one, address));
    ASSERT_EQ(distance(begin, address), least) << address - lowest;
  }
}

TEST_F(GuardedBlocksTest, AlignmentAndSizeFitASlot) {
  EXPECT_NE(take(100, GuardedSide::kBack, kPage), nullptr);
  EXPECT_NE(take(100, GuardedSide::kBack, 64 * kPage), nullptr);
  EXPECT_EQ(take(100, GuardedSide::kBack, 128 * kPage), nullptr);
  EXPECT_EQ(take(126 * kPage + 1, GuardedSide::kBack), nullptr);
}

// What a fault opened is closed again with the next block that the slot gets.
TEST_F(GuardedBlocksTest, AGuardPageThatAFaultOpenedIsOneAgainForTheNextBlock) {
  GuardedBlocks blocks;
  GuardedBlocks::Limits limits;
  limits.region_bytes = kRegion;
  limits.quarantine_bytes = 1;
  blocks.set_up(some_keys(), limits);
  ASSERT_TRUE(blocks.begin());
  void* const first = blocks.allocate(plain(100), GuardedSide::kBack);
  const std::uintptr_t guard = blocks.look_at(address_of(first)).data.end;
  EXPECT_FALSE(blocks.open_after_fault(guard - kRegion - kSlotSize));
  ASSERT_TRUE(blocks.open_after_fault(guard + 5));
  EXPECT_TRUE(is_readable(guard));
  ASSERT_TRUE(blocks.deallocate(first, {}, notes_));
  ASSERT_TRUE(blocks.open_after_fault(guard - 1));
  EXPECT_TRUE(is_readable(guard - 1));
  *bytes_at(guard - 1) = 1;
  EXPECT_EQ(blocks.allocate(plain(kPage), GuardedSide::kBack), bytes_at(guard - kPage));
  EXPECT_EQ(*bytes_at(guard - 1), 0);
  EXPECT_FALSE(is_readable(guard));
}

TEST_F(GuardedBlocksTest, WithoutMemoryThereAreNoneAndASlotIsNotLost) {
  memory_budget.set_limit(memory_budget.used() + kPage);
  std::uint8_t* const first = take(100, GuardedSide::kBack);
  EXPECT_NE(first, nullptr);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(take(100, GuardedSide::kBack), nullptr);
  memory_budget.set_limit(0);
  EXPECT_EQ(blocks_.stats().live_blocks, 1U);
  EXPECT_EQ(blocks_.stats().made, 1U);
  EXPECT_EQ(blocks_.stats().quarantined_blocks, 3U);
  EXPECT_NE(take(100, GuardedSide::kBack), nullptr);
}

}  // namespace
}  // namespace padlock::runtime::guarded_checks
