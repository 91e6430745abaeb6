// Who holds an address and which block is there, in each holder; and what a pointer that is no block's points
// at.
#include "runtime/holders/place.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <atomic>
#include <cerrno>
#include <latch>
#include <string>
#include <thread>

#include "base/arith.h"
#include "fault_notes.h"
#include "os/memory.h"
#include "os/start_data.h"
#include "os/thread_locals.h"
#include "process_heap.h"
#include "runtime/guarded/guarded_blocks.h"
#include "runtime/holders/patience.h"
#include "runtime/holders/pointer_class.h"
#include "runtime/holders/pool_pieces.h"
#include "runtime/large/large_blocks.h"
#include "runtime/memory/arena_set.h"
#include "runtime/memory/bootstrap.h"
#include "runtime/memory/settings.h"
#include "runtime/threads/thread_slot.h"
#include "runtime/threads/thread_state.h"

namespace padlock::runtime::place_checks {
namespace {

// A block of each holder that has checked ones.
class PlaceTest : public ProcessHeapTest {
 protected:
  static constexpr std::size_t kSmall = 1000, kGuarded = 3000, kLarge = 1'000'000;

  PlaceTest() {
    small_ = address_of(take(kSmall));
    large_ = address_of(take(kLarge));
    guarded_blocks.set_up(settings.keys, {});
    EXPECT_TRUE(guarded_blocks.begin());
    core::AllocRequest request;
    request.size = kGuarded;
    request.by.number = 1;
    guarded_ = address_of(guarded_blocks.allocate(request, GuardedSide::kBack));
    bootstrap_ = address_of(bootstrap_heap.allocate(100, 0));
  }
  ~PlaceTest() override {
    for (const std::uintptr_t user : {small_, large_, guarded_}) give(reinterpret_cast<void*>(user));
    EXPECT_EQ(kinds(), Kinds{});
  }

  // In the slots of guarded blocks, where none is.
  [[nodiscard]] std::uintptr_t empty_guarded() const {
    std::uintptr_t place = guarded_;
    while (!guarded_blocks.is_empty_at(place) && place - guarded_ < 8 * 1024 * 1024) place += os::page_size();
    return place;
  }
  // In the arena's segment, where nothing was ever allocated.
  [[nodiscard]] std::uintptr_t unallocated() const {
    return align_up(small_, std::uintptr_t{1} << 24) - 300'000;
  }

  std::uintptr_t small_, large_, guarded_, bootstrap_;
};

TEST_F(PlaceTest, EachAddressHasItsHolder) {
  if (!guarded_blocks.is_empty_at(empty_guarded())) GTEST_SKIP() << "other tests have used all slots";
  int local = 0;
  const Place small = place_of(small_);
  EXPECT_EQ(small.holder, Holder::kArena);
  EXPECT_EQ(small.arena, thread_slot.state->arena);
  EXPECT_EQ(small.arena, arena_set.of_address(small_));
  EXPECT_EQ(place_of(unallocated()).holder, Holder::kArena);
  EXPECT_EQ(place_of(large_).holder, Holder::kLarge);
  EXPECT_EQ(place_of(guarded_).holder, Holder::kGuarded);
  EXPECT_EQ(place_of(empty_guarded()).holder, Holder::kGuarded);
  EXPECT_EQ(place_of(bootstrap_).holder, Holder::kBootstrap);
  for (const std::uintptr_t other :
       {std::uintptr_t{0}, std::uintptr_t{0x1230}, UINTPTR_MAX, address_of(&local)}) {
    EXPECT_EQ(place_of(other).holder, Holder::kNobody) << other;
    EXPECT_EQ(place_of(other).arena, nullptr);
  }
  for (const std::uintptr_t user : {large_, guarded_, bootstrap_}) EXPECT_EQ(place_of(user).arena, nullptr);
}

TEST_F(PlaceTest, ABlockIsFoundByAnyOfItsBytes) {
  const auto expect = [](std::uintptr_t user, std::size_t size) {
    for (const std::uintptr_t address : {user, user + 1, user + size - 1}) {
      const core::BlockSnapshot block = find_block(address);
      EXPECT_EQ(block.user, user);
      EXPECT_EQ(block.requested, size);
      EXPECT_EQ(block.state, core::BlockState::kLive);
      EXPECT_TRUE(block.sealed);
      EXPECT_EQ(try_find_block(address), block);
      EXPECT_EQ(try_find_block(place_of(address), address), block);
      EXPECT_TRUE(holds_block(place_of(address), address));
    }
  };
  expect(small_, kSmall);
  expect(large_, kLarge);
  expect(guarded_, kGuarded);
}

TEST_F(PlaceTest, WhereNoBlockIsNoneIsFound) {
  int local = 0;
  for (const std::uintptr_t address :
       {unallocated(), empty_guarded(), bootstrap_, address_of(&local), std::uintptr_t{0x1230}}) {
    EXPECT_FALSE(find_block(address).present());
    const std::optional<core::BlockSnapshot> block = try_find_block(address);
    ASSERT_TRUE(block.has_value());
    EXPECT_FALSE(block->present());
    EXPECT_FALSE(holds_block(place_of(address), address));
    EXPECT_FALSE(block_at(place_of(address), reinterpret_cast<void*>(address)).present());
  }
}

TEST_F(PlaceTest, ABlockBeginsWhereItsUserPointerIs) {
  for (const std::uintptr_t user : {small_, large_, guarded_}) {
    const auto at = [&](std::uintptr_t address) {
      return block_at(place_of(address), reinterpret_cast<const void*>(address));
    };
    EXPECT_EQ(at(user), find_block(user));
    EXPECT_FALSE(at(user + 16).present());
    EXPECT_FALSE(at(user - 16).present());
  }
}

TEST_F(PlaceTest, OfAHolderThatIsBusyNothingIsSaid) {
  Arena& arena = *thread_slot.state->arena;
  {
    const os::LockGuard busy(arena.lock());
    EXPECT_FALSE(try_find_block(small_).has_value());
    EXPECT_TRUE(try_find_block(large_).has_value());
    EXPECT_TRUE(try_find_block(guarded_).has_value());
    const ActivityScope reporting(Activity::kReporting);
    EXPECT_TRUE(holds_block(place_of(unallocated()), unallocated())) << "it may hold the lock itself";
    int local = 0;
    EXPECT_FALSE(holds_block(place_of(address_of(&local)), address_of(&local)));
  }
  {
    const os::LockGuard busy(large_blocks.lock());
    EXPECT_FALSE(try_find_block(large_).has_value());
    EXPECT_TRUE(try_find_block(small_).has_value());
  }
  const ActivityScope reporting(Activity::kReporting);
  EXPECT_FALSE(holds_block(place_of(unallocated()), unallocated()));
}

TEST_F(PlaceTest, AHolderThatIsBusyIsWaitedForWhereNothingElseIsGoingOn) {
  Arena& arena = *thread_slot.state->arena;
  bool held = true;
  std::latch begun(1);
  std::thread asking;
  {
    const os::LockGuard busy(arena.lock());
    asking = std::thread([&] {
      begun.count_down();
      held = holds_block(place_of(unallocated()), unallocated());
    });
    begun.wait();
    os::sleep_ms(20);
  }
  asking.join();
  EXPECT_FALSE(held);
}

TEST_F(PlaceTest, NothingIsLeftOfAnAsking) {
  find_block(small_);
  try_find_block(small_);
  EXPECT_TRUE(thread_slot.is_idle());
  int looks = 0;
  const auto third = [&] { return ++looks == 3 ? std::optional<int>(7) : std::nullopt; };
  EXPECT_EQ(look_patiently(third), 7);
  EXPECT_EQ(looks, 3);
  EXPECT_TRUE(thread_slot.is_idle());
  const ActivityScope reporting(Activity::kReporting);
  looks = 0;
  EXPECT_EQ(look_patiently(third), std::nullopt) << "once, where the thread may hold the lock";
  EXPECT_EQ(looks, 1);
}

TEST_F(PlaceTest, ALookIsRepeatedForASecond) {
  int looks = 0;
  const auto in_vain = [&] {
    EXPECT_FALSE(thread_slot.is_idle()) << "a signal handler that allocates is not let in";
    ++looks;
    return std::optional<int>();
  };
  EXPECT_EQ(look_patiently(in_vain), std::nullopt);
  EXPECT_EQ(looks, 1000);
}

class PointerClassTest : public PlaceTest {
 protected:
  static core::Fault classified(std::uintptr_t address) {
    core::Fault fault;
    fault.kind = core::FaultKind::kInvalidFree;
    fault.address = address;
    fault.pointer_class = core::PointerClass::kUnknown;
    classify_pointer(fault);
    return fault;
  }
  static core::PointerClass class_at(const void* address) {
    return classified(address_of(address)).pointer_class;
  }
};

using core::PointerClass;

thread_local std::uint64_t of_thread = 0;

TEST_F(PointerClassTest, WhatIsNoneOfPadlocksIsToldByWhereItLies) {
  static int object = 0;
  int local = 0;
  void* const mapped = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EXPECT_EQ(class_at(&object), PointerClass::kStatic);
  EXPECT_EQ(class_at("a constant"), PointerClass::kStatic);
  EXPECT_EQ(class_at(&local), PointerClass::kStack);
  EXPECT_EQ(class_at(&of_thread), PointerClass::kThreadLocal);
  EXPECT_EQ(class_at(os::initial_environment()[0]), PointerClass::kStartString);
  EXPECT_EQ(class_at(os::initial_environment()), PointerClass::kStartArray);
  EXPECT_EQ(class_at(reinterpret_cast<void*>(os::initial_stack_pointer())), PointerClass::kStartArray);
  EXPECT_EQ(class_at(mapped), PointerClass::kForeign);
  EXPECT_EQ(class_at(reinterpret_cast<void*>(0x1230)), PointerClass::kWild);
  munmap(mapped, 4096);
}

TEST_F(PointerClassTest, OfAnotherThreadItsVariablesAndItsStackAreToldApart) {
  int local = 0;
  const std::uint64_t* const of_main = &of_thread;
  std::latch known(1), asked(1);
  const int* in_other = nullptr;
  const std::uint64_t* of_other = nullptr;
  std::thread other([&] {
    int in_thread = 0;
    give(take(1));
    in_other = &in_thread;
    of_other = &of_thread;
    EXPECT_EQ(class_at(&local), PointerClass::kStack);
    EXPECT_NE(class_at(of_main), PointerClass::kStack);
    known.count_down();
    asked.wait();
  });
  known.wait();
  const PointerClass of_local = class_at(in_other);
  const PointerClass of_variable = class_at(of_other);
  asked.count_down();
  other.join();
  if (place_of(address_of(in_other)).holder == Holder::kGuarded)
    GTEST_SKIP() << "other tests had guarded blocks where the stack is";
  EXPECT_EQ(of_local, PointerClass::kStack);
  EXPECT_EQ(of_variable, PointerClass::kThreadLocal);
}

TEST_F(PointerClassTest, WhatIsPadlocksIsABlocksInsideOrNone) {
  if (!guarded_blocks.is_empty_at(empty_guarded())) GTEST_SKIP() << "other tests have used all slots";
  for (const std::uintptr_t user : {small_, large_, guarded_}) {
    const core::Fault fault = classified(user + 16);
    EXPECT_EQ(fault.pointer_class, PointerClass::kInterior);
    EXPECT_EQ(fault.block, find_block(user));
  }
  for (const std::uintptr_t address : {unallocated(), empty_guarded(), bootstrap_}) {
    const core::Fault fault = classified(address);
    EXPECT_EQ(fault.pointer_class, PointerClass::kHeapUnused);
    EXPECT_FALSE(fault.block.present());
    EXPECT_EQ(fault.kind, core::FaultKind::kInvalidFree);
  }
}

TEST_F(PointerClassTest, WhatWasReadFromABlockIsNoPointerAtAll) {
  fill_piece({small_ + 8, small_ + 16});
  const std::uint64_t value = settings.keys.poison.word(small_ + 8);
  const core::Fault fault = classified(value);
  EXPECT_EQ(fault.kind, core::FaultKind::kUninitialized);
  EXPECT_EQ(fault.pointer_class, PointerClass::kNone);
  EXPECT_EQ(fault.block, find_block(small_));
  EXPECT_EQ(fault.read.use, core::ReadValue::Use::kPointer);
  EXPECT_EQ(fault.read.source, small_ + 8);
  EXPECT_EQ(fault.read.value, value);
}

TEST_F(PointerClassTest, WhatIsKnownIsLeftAsItIs) {
  core::Fault fault;
  fault.address = small_ + 16;
  for (const PointerClass known : {PointerClass::kNone, PointerClass::kInterior, PointerClass::kHeapUnused}) {
    fault.pointer_class = known;
    core::Fault same = fault;
    classify_pointer(same);
    EXPECT_EQ(same, fault);
  }
}

TEST_F(PointerClassTest, TheMappingIsLookedUpOfModulesAndOfForeignMemory) {
  static int object = 0;
  void* const mapped = mmap(nullptr, 8192, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  core::Fault fault;
  fault.pointer_class = PointerClass::kForeign;
  fault.address = address_of(mapped) + 5000;
  const std::optional<os::Mapping> foreign = find_pointer_mapping(fault);
  ASSERT_TRUE(foreign.has_value());
  EXPECT_LE(foreign->begin, address_of(mapped));
  EXPECT_GE(foreign->end, address_of(mapped) + 8192);
  fault.pointer_class = PointerClass::kStatic;
  EXPECT_FALSE(find_pointer_mapping(fault).has_value()) << "no module is there";
  fault.address = address_of(&object);
  const std::optional<os::Mapping> module = find_pointer_mapping(fault);
  ASSERT_TRUE(module.has_value());
  EXPECT_NE(std::string(module->path).find(program_invocation_short_name), std::string::npos);
  EXPECT_LT(module->begin, address_of(&object));
  for (const PointerClass other : {PointerClass::kStack, PointerClass::kWild, PointerClass::kInterior}) {
    fault.pointer_class = other;
    EXPECT_FALSE(find_pointer_mapping(fault).has_value());
  }
  munmap(mapped, 8192);
}

}  // namespace
}  // namespace padlock::runtime::place_checks
