// Calls that cannot be served as they are, and what the options say about them.
#include "runtime/calls/bad_call.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>
#include <vector>

#include "base/arith.h"
#include "fault_notes.h"
#include "process_heap.h"
#include "runtime/calls/finish_allocation.h"
#include "runtime/holders/pool_pieces.h"
#include "runtime/memory/settings.h"
#include "runtime/threads/new_process.h"
#include "runtime/threads/thread_slot.h"

namespace padlock::runtime::bad_call_checks {
namespace {

using core::Call;
using core::Origin;

class BadCallTest : public ProcessHeapTest {
 protected:
  static bool fails(const void* memory) {
    const bool failed = memory == nullptr && errno == ENOMEM;
    errno = 0;
    return failed;
  }
  NotedFault only() {
    std::vector<NotedFault> all = faults();
    EXPECT_EQ(all.size(), 1U);
    return all.size() == 1 ? all[0] : NotedFault();
  }
  // A word of a live block that the program never wrote: no size is that large.
  std::uint64_t unwritten_word(const std::uint8_t* block) {
    fill_piece({address_of(block), address_of(block) + 8});
    return settings.keys.poison.word(address_of(block));
  }
};

TEST_F(BadCallTest, TheLargestSizesAreRefusedWithoutALook) {
  EXPECT_TRUE(fails(take(kMaxSize)));  // it is only that there is no room
  EXPECT_EQ(kinds(), Kinds{});
  EXPECT_TRUE(fails(take(kMaxSize + 1)));
  EXPECT_EQ(kinds(), Kinds{"invalid-size"});
  EXPECT_TRUE(fails(allocate_zeroed(1, kMaxSize, here())));
  EXPECT_TRUE(fails(allocate_zeroed(kMaxSize / 2, 2, here())));
  EXPECT_EQ(kinds(), Kinds{});
  EXPECT_TRUE(fails(allocate_zeroed(1, kMaxSize + 1, here())));
  EXPECT_EQ(kinds(), Kinds{"invalid-size"});
  std::uint8_t* const block = take(10);
  EXPECT_TRUE(fails(reallocate(block, kMaxSize, here())));
  EXPECT_TRUE(fails(reallocate_array(block, 1, kMaxSize, here())));
  EXPECT_EQ(kinds(), Kinds{});
  EXPECT_TRUE(fails(reallocate(block, kMaxSize + 1, here())));
  EXPECT_TRUE(fails(reallocate_array(block, 1, kMaxSize + 1, here())));
  EXPECT_EQ(kinds(), (Kinds{"invalid-size", "invalid-size"}));
  EXPECT_TRUE(fails(allocate_pages(kMaxSize, here())));
  EXPECT_EQ(kinds(), Kinds{"invalid-size"}) << "rounded up it is more";
  give(block);
}

TEST_F(BadCallTest, TheLargestAlignmentsFindNoMemory) {
  EXPECT_TRUE(fails(allocate({10, std::size_t{1} << 47, Call::kMemalign}, here())));
  EXPECT_TRUE(fails(allocate_aligned({10, std::size_t{1} << 63, Call::kMemalign}, here())));
  EXPECT_EQ(kinds(), Kinds{});
  EXPECT_TRUE(fails(allocate_aligned({10, (std::size_t{1} << 62) + 1, Call::kMemalign}, here())));
  EXPECT_EQ(kinds(), Kinds{"invalid-alignment"}) << "a power of two that is a size_t, but no memory";
  EXPECT_EQ(allocate_aligned({10, (std::size_t{1} << 63) + 1, Call::kMemalign}, here()), nullptr);
  EXPECT_EQ(errno, EINVAL);
  EXPECT_EQ(kinds(), Kinds{"invalid-alignment"});
}

TEST_F(BadCallTest, AnAlignmentIsRoundedUpToAPowerOfTwo) {
  for (const std::size_t alignment : {3U, 48U, 65U, 100'000U, 131'073U}) {
    void* const block = allocate_aligned({10, alignment, Call::kAlignedAlloc}, here());
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(address_of(block) % std::bit_ceil(alignment), 0U);
    EXPECT_EQ(find_block(address_of(block)).alignment, std::bit_ceil(alignment));
    EXPECT_EQ(kinds(), Kinds{"invalid-alignment"});
    give(block);
  }
  void* const block = allocate_aligned({10, 0, Call::kAlignedAlloc}, here());
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(find_block(address_of(block)).alignment, 0U);
  give(block);
  EXPECT_EQ(kinds(), Kinds{});
}

TEST_F(BadCallTest, PosixMemalignWantsAPowerOfTwoThatPointersAreAlignedTo) {
  for (const std::size_t alignment : {0U, 1U, 2U, 4U, 12U, 24U}) {
    void* block = this;
    EXPECT_EQ(allocate_posix(&block, alignment, 10, here()), EINVAL) << alignment;
    EXPECT_EQ(block, this);
    EXPECT_EQ(kinds(), Kinds{"invalid-alignment"});
  }
  for (const std::size_t alignment : {8U, 16U, 4096U}) {
    void* block = nullptr;
    EXPECT_EQ(allocate_posix(&block, alignment, 10, here()), 0);
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(address_of(block) % alignment, 0U);
    give(block);
  }
}

TEST_F(BadCallTest, WholePagesAreWhatPvallocGives) {
  for (const auto& [asked, given] :
       {std::pair{1U, 4096U}, {4096U, 4096U}, {4097U, 8192U}, {10'000U, 12'288U}}) {
    void* const block = allocate_pages(asked, here());
    EXPECT_EQ(address_of(block) % 4096, 0U);
    EXPECT_EQ(usable_size(block, here()), given);
    give(block);
  }
  void* const block = allocate_page_aligned(100, here());
  EXPECT_EQ(address_of(block) % 4096, 0U);
  EXPECT_EQ(usable_size(block, here()), 100U);
  give(block);
  EXPECT_EQ(kinds(), Kinds{});
}

TEST_F(BadCallTest, ImpossibleRequestsJustFailWhereTheOptionSaysSo) {
  const Changed<bool> may(settings.options.allocator_may_return_null, true);
  EXPECT_TRUE(fails(take(SIZE_MAX)));
  EXPECT_TRUE(fails(allocate_zeroed(SIZE_MAX, 2, here())));
  EXPECT_TRUE(fails(reallocate_array(nullptr, SIZE_MAX, 2, here())));
  void* block = nullptr;
  EXPECT_EQ(allocate_posix(&block, 3, 8, here()), EINVAL);
  EXPECT_EQ(kinds(), Kinds{});
}

TEST_F(BadCallTest, TheReportSaysWhatWasAskedForAndByWhichCall) {
  const auto says = [&](const std::string& words) {
    const NotedFault fault = only();
    EXPECT_NE(fault.summary.find(words), std::string::npos) << fault.summary;
  };
  take(SIZE_MAX - 1, Call::kNewArray);
  says("new[] of 18446744073709551614 bytes");
  allocate_pages(SIZE_MAX, here());
  says("an aligned allocation of 18446744073709551615 bytes");
  std::uint8_t* const block = take(10);
  for (void* const pointer : {static_cast<void*>(block), static_cast<void*>(nullptr)}) {
    reallocate(pointer, SIZE_MAX, here());
    says("realloc() of 18446744073709551615 bytes");
  }
  give(block);
  allocate_zeroed(kMaxSize, 2, here());
  says("calloc() of 9223372036854775806 bytes");
  allocate({10, 24, Call::kNew}, here());
  says("new to a multiple of 24: not a power of two");
  allocate_zeroed(SIZE_MAX, 2, here());
  const NotedFault fault = only();
  EXPECT_EQ(fault.summary.find(" byte"), std::string::npos) << "the product is no number: " << fault.summary;
}

TEST_F(BadCallTest, ASizeOfTheUsersLimitIsNotInvalidForWantOfMemory) {
  const Changed<std::size_t> limit(settings.max_size, kMaxSize);
  EXPECT_TRUE(fails(take(kMaxSize)));
  std::uint8_t* const block = take(10);
  EXPECT_TRUE(fails(reallocate(block, kMaxSize, here())));
  EXPECT_EQ(kinds(), Kinds{});
  give(block);
}

// Whatever the options say of impossible sizes.
TEST_F(BadCallTest, ASizeThatWasReadFromUnwrittenMemoryIsReportedAsThat) {
  const Changed<bool> may(settings.options.allocator_may_return_null, true);
  std::uint8_t* const block = take(64);
  const std::uint64_t word = unwritten_word(block);
  const auto expect_one = [&](Call call, const std::string& words) {
    const NotedFault fault = only();
    EXPECT_NE(fault.report.find("Passed to " + words + " by"), std::string::npos) << fault.report;
    EXPECT_EQ(fault.kind, "use-of-uninitialized-value") << fault.summary;
    EXPECT_EQ(fault.block, block);
    EXPECT_EQ(fault.call, core::to_string(call));
  };
  EXPECT_TRUE(fails(take(word, Call::kNew)));
  expect_one(Call::kNew, "new");
  EXPECT_TRUE(fails(allocate_zeroed(word, 1, here())));
  expect_one(Call::kCalloc, "calloc()");
  EXPECT_TRUE(fails(allocate_zeroed(3, word + 8, here())));
  expect_one(Call::kCalloc, "calloc()");
  EXPECT_TRUE(fails(allocate_zeroed(word, word, here())));
  expect_one(Call::kCalloc, "calloc()");
  EXPECT_TRUE(fails(reallocate_array(block, word, 16, here())));
  expect_one(Call::kReallocarray, "reallocarray()");
  EXPECT_TRUE(fails(reallocate(block, word, here())));
  expect_one(Call::kRealloc, "realloc()");
  settings.options.allocator_may_return_null = false;
  EXPECT_TRUE(fails(take(word)));
  expect_one(Call::kMalloc, "malloc()");
  EXPECT_TRUE(fails(allocate_zeroed(1, word, here())));
  expect_one(Call::kCalloc, "calloc()");
  give(block);
}

TEST_F(BadCallTest, OfTwoFactorsTheFirstIsNamed) {
  std::uint8_t* const first = take(64);
  std::uint8_t* const second = take(64);
  const std::uint64_t one = unwritten_word(first);
  const std::uint64_t other = unwritten_word(second);
  allocate_zeroed(one, other, here());
  EXPECT_EQ(only().block, first);
  allocate_zeroed(other, one, here());
  EXPECT_EQ(only().block, second);
  reallocate_array(nullptr, one, other, here());
  EXPECT_EQ(only().block, first);
  allocate_zeroed(1, other, here());
  EXPECT_EQ(only().block, second);
  allocate_zeroed(one, 1, here());
  EXPECT_EQ(only().block, first);
  give(first);
  give(second);
}

TEST_F(BadCallTest, AnUnknownPointerIsAFaultWithAllThatTheCallSaid) {
  FaultNotes notes;
  invalid_pointer(&notes, core::Moment::kRealloc, Origin::kNewArray, notes);
  core::Fault expected;
  expected.kind = core::FaultKind::kInvalidFree;
  expected.moment = core::Moment::kRealloc;
  expected.given_origin = Origin::kNewArray;
  expected.address = address_of(&notes);
  expected.pointer_class = core::PointerClass::kUnknown;
  EXPECT_EQ(notes.only(), expected);
}

TEST_F(BadCallTest, AnUnknownPointerIsNoFaultWhereBlocksHaveBeenLost) {
  const auto lose_and_free = [] {
    FaultNotes notes;
    note_lost_blocks();
    invalid_pointer(&notes, core::Moment::kFree, Origin::kMalloc, notes);
    _exit(notes.faults.empty() ? 0 : 1);
  };
  EXPECT_EXIT(lose_and_free(), testing::ExitedWithCode(0), "");
}

// Damage that a delete finds is found in delete.
TEST_F(BadCallTest, DamageIsFoundInTheFunctionThatWasCalled) {
  for (const std::size_t size : {100U, 50'000U, 600'000U}) {
    std::uint8_t* const block = take(size, Call::kNew);
    block[size] ^= 1;
    give(block, Call::kDelete);
    const NotedFault fault = only();
    EXPECT_EQ(fault.kind, "heap-buffer-overflow");
    EXPECT_NE(fault.report.find("by the check in delete"), std::string::npos) << fault.report;
    const core::BlockSnapshot freed = find_block(address_of(block));
    EXPECT_EQ(freed.free_thread, thread_slot.index);
    EXPECT_NE(freed.free_trace, 0U);
  }
}

// What the options leave of a request; blocks of an arena and of the large ones, with and without an
// alignment.
class ForgivingTest : public BadCallTest, public testing::WithParamInterface<std::size_t> {
 protected:
  static void* of_origin(Origin origin, std::size_t alignment) {
    const Call call = origin == Origin::kNew        ? Call::kNew
                      : origin == Origin::kNewArray ? Call::kNewArray
                                                    : Call::kMalloc;
    return allocate(
        {GetParam(), alignment, alignment != 0 && origin == Origin::kAligned ? Call::kMemalign : call},
        here());
  }
  static core::FreeRequest forgiven(void* block) {
    core::FreeRequest request;
    request.origin = Origin::kMalloc;
    request.size = 7;
    request.alignment = 256;
    forgive_by_option(place_of(address_of(block)), block, request);
    return request;
  }
  static void end(void* block, Origin origin, std::size_t alignment) {
    const Call call = origin == Origin::kNew        ? Call::kDelete
                      : origin == Origin::kNewArray ? Call::kDeleteArray
                                                    : Call::kFree;
    ReleaseCall release_call{.call = call, .size = {}, .alignment = {}};
    if (alignment != 0 && origin != Origin::kAligned) release_call.alignment = alignment;
    release(block, release_call, here());
  }
};

TEST_P(ForgivingTest, WithBothOptionsNothingIsForgiven) {
  void* const block = of_origin(Origin::kNew, 0);
  const core::FreeRequest request = forgiven(block);
  EXPECT_EQ(request.origin, Origin::kMalloc);
  EXPECT_EQ(request.size, 7U);
  EXPECT_EQ(request.alignment, 256U);
  end(block, Origin::kNew, 0);
  EXPECT_EQ(kinds(), Kinds{});
}

TEST_P(ForgivingTest, WithoutTheOneTheFamilyIsTheBlocks) {
  const Changed<bool> off(settings.options.alloc_dealloc_mismatch, false);
  for (const Origin origin : {Origin::kMalloc, Origin::kNew, Origin::kNewArray}) {
    void* const block = of_origin(origin, 0);
    const core::FreeRequest request = forgiven(block);
    EXPECT_EQ(request.origin, origin);
    EXPECT_EQ(request.size, 7U);
    EXPECT_EQ(request.alignment, 256U);
    EXPECT_EQ(origin_for_realloc(place_of(address_of(block)), block), origin);
    give(block, Call::kDelete);
  }
  EXPECT_EQ(kinds(), Kinds{});
}

TEST_P(ForgivingTest, WithoutTheOtherSizeAndAlignmentAreTheBlocks) {
  const Changed<bool> off(settings.options.delete_size_mismatch, false);
  for (const std::size_t alignment : {0U, 64U}) {
    void* const block = of_origin(Origin::kNew, alignment);
    const core::FreeRequest request = forgiven(block);
    EXPECT_EQ(request.origin, Origin::kMalloc);
    EXPECT_FALSE(request.size.has_value());
    EXPECT_EQ(request.alignment, alignment == 0 ? std::nullopt : std::optional<std::size_t>(alignment));
    release(block, {.call = Call::kDelete, .size = 3, .alignment = 1024}, here());
  }
  EXPECT_EQ(kinds(), Kinds{});
}

TEST_P(ForgivingTest, WhatIsNoSoundBlockIsNotForgiven) {
  const Changed<bool> off(settings.options.alloc_dealloc_mismatch, false);
  const Changed<bool> neither(settings.options.delete_size_mismatch, false);
  auto* const block = static_cast<std::uint8_t*>(of_origin(Origin::kNew, 0));
  const auto expect_as_given = [&](void* pointer) {
    const core::FreeRequest request = forgiven(pointer);
    EXPECT_EQ(request.origin, Origin::kMalloc);
    EXPECT_EQ(request.size, 7U);
    EXPECT_EQ(request.alignment, 256U);
    EXPECT_EQ(origin_for_realloc(place_of(address_of(pointer)), pointer), Origin::kMalloc);
  };
  expect_as_given(block + 16);
  expect_as_given(this);
  if (place_of(address_of(block)).holder == Holder::kArena) {
    for (int i = 1; i <= 32; ++i) block[-i] ^= 0x5a;
    expect_as_given(block);
    for (int i = 1; i <= 32; ++i) block[-i] ^= 0x5a;
  }
  end(block, Origin::kNew, 0);
  EXPECT_EQ(kinds(), Kinds{});
}

TEST_P(ForgivingTest, AReallocIsMallocsUnlessMismatchesAreForgiven) {
  void* block = of_origin(Origin::kNew, 0);
  EXPECT_EQ(origin_for_realloc(place_of(address_of(block)), block), Origin::kMalloc);
  block = reallocate(block, 2 * GetParam(), here());
  ASSERT_NE(block, nullptr);
  EXPECT_EQ(kinds(), Kinds{"alloc-dealloc-mismatch"});
  const Changed<bool> off(settings.options.alloc_dealloc_mismatch, false);
  for (const std::size_t size : {GetParam() + 1, 2 * GetParam(), GetParam() / 4}) {
    block = reallocate(block, size, here());
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(find_block(address_of(block)).origin, Origin::kNew) << "the block stays what it is";
    EXPECT_EQ(find_block(address_of(block)).requested, size);
  }
  give(block, Call::kDelete);
  EXPECT_EQ(kinds(), Kinds{});
}

INSTANTIATE_TEST_SUITE_P(Sizes, ForgivingTest, testing::Values(100, 50'000, 600'000));

}  // namespace
}  // namespace padlock::runtime::bad_call_checks
