// Large blocks at random against a plain list: allocated, resized in every way, freed, trimmed. Each is found
// by every address that it has and by no other, remembers the right calls, keeps its contents; what is
// counted is what there is, to the byte; and in the end both budgets have everything back.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <random>
#include <set>
#include <vector>

#include "fault_notes.h"
#include "runtime/large/large_blocks.h"
#include "runtime/large/map_budget.h"
#include "runtime/memory/memory_budget.h"

namespace padlock::runtime::large_blocks_model {
namespace {

constexpr std::size_t kPage = 4096;

struct Held {
  std::size_t size = 0;
  std::size_t alignment = 0;
  core::Caller by;
  std::uint8_t fill = 0;
};

struct Gone {
  Held was;
  core::Caller by;
};

// Of no two blocks that are known the address is the same.
struct Users final : core::BlockVisitor {
  std::set<std::uintptr_t> known;
  std::size_t visited = 0;
  void visit(const core::BlockSnapshot& block) override {
    known.insert(block.user);
    ++visited;
  }
};

std::byte* bytes_at(std::uintptr_t address) { return reinterpret_cast<std::byte*>(address); }

class LargeBlocksModel : public testing::TestWithParam<unsigned> {
 protected:
  LargeBlocksModel() : random_(GetParam()), memory_(memory_budget.used()), maps_(map_budget.used()) {
    LargeQuarantine::Limits limits;
    limits.space_bytes = GetParam() % 2 == 0 ? std::size_t{64} << 20 : std::size_t{4} << 20;
    limits.kept_bytes = GetParam() % 3 * (std::size_t{2} << 20);
    limits.held_back_bytes = GetParam() % 5 * (std::size_t{100} << 10);
    blocks_.set_up(0x5eed + GetParam(), limits);
  }

  std::size_t pick(std::size_t below) { return random_() % below; }
  std::size_t size() { return pick(4) == 0 ? 1 + pick(3 * kPage) : 100000 + pick(20) * 5000 + pick(32); }
  core::Caller caller() {
    return {static_cast<std::uint32_t>(1 + pick(1000)), static_cast<std::uint16_t>(1 + pick(100)), ++number_};
  }
  std::map<std::uintptr_t, Held>::iterator any() {
    return std::next(live_.begin(), static_cast<std::ptrdiff_t>(pick(live_.size())));
  }

  void allocate() {
    Held held{size(), pick(4) == 0 ? std::size_t{16} << pick(16) : 0, caller(), 0};
    bool zeroed = false;
    const auto user =
        address_of(blocks_.allocate({held.size, held.alignment, core::Origin::kMalloc, held.by}, zeroed));
    ASSERT_NE(user, 0U);
    if (zeroed) {
      ASSERT_TRUE(all_are(user, held.size, 0));
    }
    add(user, held);
  }

  void add(std::uintptr_t user, Held held) {
    ASSERT_EQ(user % std::max(held.alignment, core::kGranule), 0U);
    held.fill = static_cast<std::uint8_t>(1 + pick(255));
    std::memset(bytes_at(user), held.fill, held.size);
    live_[user] = held;
    gone_.erase(user);
  }

  void free_one() {
    const auto [user, held] = *any();
    ASSERT_TRUE(all_are(user, held.size, held.fill));
    core::FreeRequest request;
    request.by = caller();
    ASSERT_TRUE(blocks_.deallocate(bytes_at(user), request, notes_));
    gone_[user] = {held, request.by};
    live_.erase(user);
  }

  void resize_one(bool by_copying) {
    const auto [user, held] = *any();
    const Held wanted{size(), held.alignment, caller(), 0};
    const std::size_t smallest = pick(2) * 50000;
    const std::size_t taken = by_copying ? most_mappings() : 0;
    map_budget.take_anyway(taken);
    const auto resized =
        blocks_.resize(bytes_at(user), {wanted.size, 0, core::Origin::kMalloc, wanted.by}, smallest, notes_);
    map_budget.give_back(taken);
    ASSERT_TRUE(resized.has_value());
    ASSERT_FALSE(resized->refused);
    ASSERT_EQ(resized->result != nullptr, wanted.size >= smallest);
    if (resized->result == nullptr) return;
    const std::uintptr_t now = address_of(resized->result);
    ASSERT_TRUE(all_are(now, std::min(held.size, wanted.size), held.fill));
    live_.erase(user);
    if (now != user) gone_[user] = {held, wanted.by};
    add(now, {wanted.size, now == user ? held.alignment : 0, wanted.by, 0});
  }

  static bool all_are(std::uintptr_t begin, std::size_t size, std::uint8_t value) {
    const std::byte* const bytes = bytes_at(begin);
    return bytes[0] == std::byte{value} && std::memcmp(bytes, bytes + 1, size - 1) == 0;
  }

  void expect_found(std::uintptr_t user, const Held& held) {
    for (const std::uintptr_t address : {user, user + held.size - 1, user + held.size / 2}) {
      const core::BlockSnapshot found = blocks_.find_block(address);
      ASSERT_EQ(found.user, user);
      ASSERT_EQ(found.requested, held.size);
      ASSERT_EQ(found.state, core::BlockState::kLive);
      ASSERT_EQ(found.number, held.by.number);
      ASSERT_EQ(found.alloc_trace, held.by.trace);
      ASSERT_EQ(found.alloc_thread, held.by.thread);
      ASSERT_TRUE(found.sealed);
      ASSERT_EQ(found.header, user - core::kHeaderSize);
      ASSERT_EQ(found.header + found.block_size, align_up(user + held.size + core::kMinPadding, kPage));
      ASSERT_EQ(blocks_.try_verify(address, core::Moment::kCheck, notes_), 0U);
      ASSERT_EQ(blocks_.try_find_block(address)->user, user);
      ASSERT_EQ(blocks_.try_explain_trap(address)->zone, PageHit::Zone::kNone);
      ASSERT_TRUE(blocks_.may_hold(address));
      ASSERT_EQ(blocks_.ranges().accessible_at(address), user + held.size - address);
    }
    ASSERT_EQ(blocks_.ranges().accessible_at(user + held.size), 0U);
    ASSERT_EQ(blocks_.ranges().accessible_at(user - 1), 0U);
    ASSERT_EQ(blocks_.usable_size(bytes_at(user), notes_), held.size);
    const std::uintptr_t guard = align_up(user + held.size + core::kMinPadding, kPage);
    ASSERT_EQ(blocks_.try_explain_trap(guard)->zone, PageHit::Zone::kBackGuard);
    ASSERT_EQ(blocks_.try_explain_trap(guard)->block.user, user);
  }

  void expect_remembered(std::uintptr_t user, const Gone& gone) {
    const core::BlockSnapshot found = blocks_.find_exact(bytes_at(user));
    ASSERT_EQ(found.user, user);
    ASSERT_NE(found.state, core::BlockState::kLive);
    ASSERT_EQ(found.requested, gone.was.size);
    ASSERT_EQ(found.number, gone.was.by.number);
    ASSERT_EQ(found.alloc_trace, gone.was.by.trace);
    ASSERT_EQ(found.free_trace, gone.by.trace);
    ASSERT_EQ(found.free_thread, gone.by.thread);
    if (found.state == core::BlockState::kQuarantined) {
      ASSERT_EQ(blocks_.try_explain_trap(user)->zone, PageHit::Zone::kFreed);
      ASSERT_EQ(blocks_.find_block(user).user, user);
      ASSERT_EQ(blocks_.ranges().accessible_at(user), 0U);
    }
  }

  void expect_counts() {
    const LargeStats stats = blocks_.stats();
    std::size_t bytes = 0;
    for (const auto& [user, held] : live_) bytes += held.size;
    ASSERT_EQ(stats.live_blocks, live_.size());
    ASSERT_EQ(stats.live_bytes, bytes);
    ASSERT_EQ(stats.live_mapped_bytes + stats.quarantined_bytes, memory_budget.used() - memory_);
    std::size_t closed = 0;
    for (const auto& [user, gone] : gone_) {
      closed += blocks_.find_exact(bytes_at(user)).state == core::BlockState::kQuarantined ? 1 : 0;
    }
    ASSERT_EQ(stats.quarantined_blocks, closed);
    Users users;
    blocks_.walk(users);
    ASSERT_EQ(users.known.size(), users.visited);
    ASSERT_LE(stats.kept_bytes, stats.quarantined_bytes);
  }

  std::mt19937_64 random_;
  std::size_t memory_;
  std::size_t maps_;
  LargeBlocks blocks_;
  FaultNotes notes_;
  std::uint64_t number_ = 0;
  std::map<std::uintptr_t, Held> live_;
  std::map<std::uintptr_t, Gone> gone_;  // whose address no other has had since
};

INSTANTIATE_TEST_SUITE_P(Seeds, LargeBlocksModel, testing::Range(0U, 10U));

TEST_P(LargeBlocksModel, EachIsKnownAndCounted) {
  for (int round = 0; round < 500 && !HasFatalFailure(); ++round) {
    const std::size_t dice = pick(100);
    if (live_.empty() || dice < (live_.size() < 40 ? 45U : 15U)) {
      allocate();
    } else if (dice < 75) {
      free_one();
    } else if (dice < 97) {
      resize_one(dice < 80);
    } else if (dice < 98) {
      const std::size_t kept = blocks_.stats().kept_bytes;
      ASSERT_LE(blocks_.trim(notes_), kept);
      ASSERT_EQ(blocks_.stats().kept_bytes, 0U);
    } else if (dice < 99) {
      blocks_.flush_quarantine();
      ASSERT_EQ(blocks_.stats().quarantined_blocks, 0U);
    } else {
      ASSERT_EQ(blocks_.check(core::Moment::kCheck, notes_), 0U);
    }
    if (HasFatalFailure()) return;
    expect_counts();
    if (!live_.empty()) {
      const auto one = any();
      expect_found(one->first, one->second);
    }
    if (!gone_.empty()) {
      const auto one = std::next(gone_.begin(), static_cast<std::ptrdiff_t>(pick(gone_.size())));
      expect_remembered(one->first, one->second);
    }
  }
  while (!live_.empty() && !HasFatalFailure()) free_one();
  blocks_.flush_quarantine();
  EXPECT_EQ(memory_budget.used(), memory_);
  EXPECT_EQ(map_budget.used(), maps_);
  EXPECT_TRUE(notes_.faults.empty());
}

TEST(LargeBlocks, OfAChildsCheckOnlyItsOwnAre) {
  LargeBlocks blocks;
  FaultNotes notes;
  bool zeroed = false;
  constexpr std::uint16_t kThreads[] = {0, 4, 5, 6};
  std::vector<void*> taken;
  for (const std::uint16_t thread : kThreads) {
    taken.push_back(blocks.allocate({100000, 0, core::Origin::kMalloc, {1, thread, 1}}, zeroed));
    bytes_at(address_of(taken.back()))[100000] ^= std::byte{0x55};
  }
  EXPECT_EQ(blocks.check(core::Moment::kCheck, notes), 4U);
  notes.faults.clear();
  EXPECT_EQ(blocks.check(core::Moment::kCheck, notes, 5), 3U);
  for (const core::Fault& fault : notes.faults) EXPECT_NE(fault.block.alloc_thread, 4U);
  for (void* const block : taken) blocks.deallocate(block, {}, notes);
  blocks.flush_quarantine();
}

}  // namespace
}  // namespace padlock::runtime::large_blocks_model
