// The policy of the malloc family and what the process reports, in one process: it goes on after each report,
// which the fault callback notes.
#include "runtime/calls/allocator.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <latch>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "runtime/calls/checks.h"
#include "runtime/memory/arena_set.h"
#include "runtime/process/api.h"
#include "runtime/process/init.h"
#include "runtime/reporting/reported.h"
#include "runtime/threads/fault_list.h"
#include "runtime/threads/thread_slot.h"

extern "C" const char* padlock_default_options() {
  return "halt_on_error=0:exitcode=0:report_once=0:symbolize=0:log_path=/dev/"
         "null:arenas=3:large_threshold_kb=256:guard_per_site=0:allocator_may_return_null=0";
}

namespace padlock::runtime {
namespace {

struct Noted {
  std::string kind;
  std::string summary;
  const void* block;
  std::int64_t offset;
  std::uint64_t length;
  std::string call;
};
std::vector<Noted> noted;

void note(const padlock_fault* fault, void*) {
  noted.push_back(
      {fault->kind, fault->summary, fault->block, fault->damage_offset, fault->damage_length, fault->call});
}

class AllocatorTest : public testing::TestWithParam<std::size_t> {
 protected:
  AllocatorTest() {
    set_fault_callback(note, nullptr);
    noted.clear();
  }

  unsigned char* take(std::size_t size) { return static_cast<unsigned char*>(allocate({size}, here())); }
  void give(void* pointer) { release(pointer, {}, here()); }
  Arena* arena_of_this_thread() {
    void* const block = take(10);
    Arena* const arena = arena_set.of_address(reinterpret_cast<std::uintptr_t>(block));
    give(block);
    return arena;
  }
  // Not inlined: the call has to be one that can be read from the code (own_operators.h).
  [[gnu::noinline]] static trace::FrameState here() { return PADLOCK_CALLER_STATE(); }

  static std::vector<std::string> kinds() {
    std::vector<std::string> all;
    for (const Noted& one : noted) all.push_back(one.kind);
    noted.clear();
    return all;
  }
};

using Kinds = std::vector<std::string>;

TEST_P(AllocatorTest, OverflowIsFoundAtFree) {
  unsigned char* block = take(GetParam());
  block[GetParam()] = 0;
  give(block);
  ASSERT_EQ(noted.size(), 1U);
  EXPECT_EQ(noted[0].kind, "heap-buffer-overflow");
  EXPECT_EQ(noted[0].block, block);
  EXPECT_EQ(noted[0].offset, static_cast<std::int64_t>(GetParam()));
  EXPECT_EQ(noted[0].length, 1U);
}

TEST_P(AllocatorTest, OverflowIsFoundOnceByCheckAndNotAgainAtFree) {
  unsigned char* block = take(GetParam());
  block[GetParam()] = 0;
  EXPECT_EQ(check_on_request(here()), 1U);
  EXPECT_EQ(kinds(), Kinds{"heap-buffer-overflow"});
  EXPECT_EQ(check_on_request(here()), 0U);
  EXPECT_EQ(known_faults(), 1U);
  give(block);
  EXPECT_EQ(kinds(), Kinds{});
  EXPECT_EQ(check_on_request(here()), 0U);
}

TEST_P(AllocatorTest, UnderflowIsFoundAtFree) {
  unsigned char* block = take(GetParam());
  block[-1] ^= 0xff;
  give(block);
  ASSERT_EQ(noted.size(), 1U);
  EXPECT_EQ(noted[0].kind, "heap-buffer-underflow");
  EXPECT_EQ(noted[0].offset, -1);
}

TEST_P(AllocatorTest, DoubleFreeAndUseAfterFree) {
  unsigned char* block = take(GetParam());
  give(block);
  give(block);
  EXPECT_EQ(kinds(), Kinds{"double-free"});
  EXPECT_EQ(reallocate(block, 10, here()), nullptr);
  EXPECT_EQ(kinds(), Kinds{"use-after-free"});
  EXPECT_EQ(usable_size(block, here()), 0U);
  EXPECT_EQ(kinds(), Kinds{"use-after-free"});
  EXPECT_EQ(reallocate(block, 0, here()), nullptr);
  EXPECT_EQ(kinds(), Kinds{"use-after-free"});
}

TEST_P(AllocatorTest, DoubleFreeByAnotherThread) {
  unsigned char* block = take(GetParam());
  std::thread([&] { give(block); }).join();
  give(block);
  EXPECT_EQ(kinds(), Kinds{"double-free"});
}

TEST_P(AllocatorTest, InteriorPointersAreNamed) {
  unsigned char* block = take(GetParam());
  give(block + 16);
  ASSERT_EQ(noted.size(), 1U);
  EXPECT_EQ(noted[0].kind, "invalid-free");
  EXPECT_EQ(noted[0].block, block);
  noted.clear();
  EXPECT_EQ(reallocate(block + 16, 10, here()), nullptr);
  EXPECT_EQ(usable_size(block + 16, here()), 0U);
  EXPECT_EQ(kinds(), (Kinds{"invalid-free", "invalid-free"}));
  give(block);
  EXPECT_EQ(kinds(), Kinds{});
}

TEST_P(AllocatorTest, FamiliesHaveToMatch) {
  release(take(GetParam()), {.call = core::Call::kDelete, .size = {}, .alignment = {}}, here());
  EXPECT_EQ(kinds(), Kinds{"alloc-dealloc-mismatch"});
  void* const block = allocate({GetParam(), 0, core::Call::kNewArray}, here());
  release(block, {.call = core::Call::kDeleteArray, .size = GetParam() + 1, .alignment = {}}, here());
  EXPECT_EQ(kinds(), Kinds{"delete-size-mismatch"});
}

TEST_P(AllocatorTest, ContentsSurviveResizing) {
  std::vector<std::size_t> sizes = {1,       100,     5000,   200000, 262143, 262144,
                                    1000000, 3000000, 262144, 70000,  10};
  unsigned char* block = take(GetParam());
  std::size_t kept = GetParam();
  for (std::size_t i = 0; i < kept; ++i) block[i] = static_cast<unsigned char>(i * 13 + 1);
  for (std::size_t size : sizes) {
    block = static_cast<unsigned char*>(reallocate(block, size, here()));
    ASSERT_NE(block, nullptr);
    EXPECT_EQ(usable_size(block, here()), size);
    kept = std::min(kept, size);
    for (std::size_t i = 0; i < kept; ++i)
      ASSERT_EQ(block[i], static_cast<unsigned char>(i * 13 + 1)) << size;
  }
  give(block);
  EXPECT_EQ(kinds(), Kinds{});
}

INSTANTIATE_TEST_SUITE_P(Sizes, AllocatorTest, testing::Values(24, 5000, 200000, 262144, 1000001));

TEST_F(AllocatorTest, ImpossibleRequestsAreFaultsIfAskedFor) {
  EXPECT_EQ(allocate({SIZE_MAX}, here()), nullptr);
  EXPECT_EQ(allocate_zeroed(SIZE_MAX / 2, 3, here()), nullptr);
  EXPECT_EQ(reallocate_array(nullptr, SIZE_MAX / 2, 3, here()), nullptr);
  EXPECT_EQ(kinds(), (Kinds{"invalid-size", "invalid-size", "invalid-size"}));
  EXPECT_EQ(allocate_aligned({8, SIZE_MAX, core::Call::kMemalign}, here()), nullptr);
  give(allocate_aligned({8, 48, core::Call::kMemalign}, here()));
  void* block = nullptr;
  EXPECT_EQ(allocate_posix(&block, 4, 8, here()), EINVAL);
  EXPECT_EQ(kinds(), (Kinds{"invalid-alignment", "invalid-alignment", "invalid-alignment"}));
}

TEST_F(AllocatorTest, ALimitOfTheUsersIsExact) {
  const std::size_t before = settings.max_size;
  for (const std::size_t limit : {std::size_t{1000}, std::size_t{300'000}, std::size_t{5'000'000}}) {
    settings.max_size = limit;
    for (const std::size_t size : {std::size_t{0}, limit - 1, limit}) {
      unsigned char* const block = take(size);
      EXPECT_NE(block, nullptr) << size;
      give(block);
    }
    EXPECT_EQ(kinds(), Kinds{});
    EXPECT_EQ(take(limit + 1), nullptr);
    EXPECT_EQ(allocate_zeroed(limit + 1, 1, here()), nullptr);
    EXPECT_EQ(kinds(), (Kinds{"invalid-size", "invalid-size"}));
  }
  settings.max_size = before;
}

TEST_F(AllocatorTest, AFaultNamesTheCallItWasFoundIn) {
  const auto call = [] {
    const std::string only = noted.size() == 1 ? noted[0].call : std::to_string(noted.size()) + " faults";
    noted.clear();
    return only;
  };
  using core::Call;
  allocate({SIZE_MAX, 0, Call::kNewArray}, here());
  EXPECT_EQ(call(), "operator new[]");
  allocate_zeroed(SIZE_MAX / 2, 3, here());
  EXPECT_EQ(call(), "calloc");
  reallocate_array(nullptr, SIZE_MAX / 2, 3, here());
  EXPECT_EQ(call(), "reallocarray");
  allocate_pages(SIZE_MAX, here());
  EXPECT_EQ(call(), "pvalloc");
  void* aligned = nullptr;
  allocate_posix(&aligned, 3, 8, here());
  EXPECT_EQ(call(), "posix_memalign");
  for (const std::size_t size : {std::size_t{24}, std::size_t{1000000}}) {
    release(take(size), {.call = Call::kFreeSized, .size = size + 1, .alignment = {}}, here());
    EXPECT_EQ(call(), "free_sized");
    unsigned char* const block = take(size);
    reallocate_array(block + 1, 1, size, here());
    EXPECT_EQ(call(), "reallocarray");
    usable_size(block + 1, here());
    EXPECT_EQ(call(), "malloc_usable_size");
    block[size] ^= 0xff;
    check_on_request(here());
    EXPECT_EQ(call(), "heap check");
    block[size] ^= 0xff;
    give(block);
    noted.clear();
    release(block, {.call = Call::kDelete, .size = {}, .alignment = {}}, here());
    EXPECT_EQ(call(), "operator delete");
  }
}

TEST_F(AllocatorTest, BadPointersAreToldApart) {
  static int object = 0;
  int local = 0;
  void* const mapped = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  const auto summary_of = [&](void* pointer) {
    noted.clear();
    give(pointer);
    return noted.size() == 1 ? noted[0].summary : std::string();
  };
  EXPECT_NE(summary_of(&object).find("a static object"), std::string::npos);
  EXPECT_NE(summary_of(&local).find("the stack"), std::string::npos);
  EXPECT_NE(summary_of(mapped).find("memory that Padlock did not hand out"), std::string::npos);
  EXPECT_NE(summary_of(reinterpret_cast<void*>(0x1230)).find("unmapped memory"), std::string::npos);
  EXPECT_NE(summary_of(reinterpret_cast<void*>(UINTPTR_MAX)).find("unmapped memory"), std::string::npos);
  std::thread([&] {
    int of_thread = 0;
    give(take(1));  // known since its first call
    std::thread([&] { EXPECT_NE(summary_of(&of_thread).find("the stack"), std::string::npos); }).join();
  }).join();
  munmap(mapped, 4096);
}

TEST_F(AllocatorTest, ErrnoIsKeptByWhatSucceeds) {
  errno = 77;
  unsigned char* small = take(100);
  unsigned char* large = take(1000000);
  std::thread([&] {
    errno = 78;
    give(take(10));  // this thread's first call
    EXPECT_EQ(errno, 78);
  }).join();
  give(small);
  give(large);
  EXPECT_EQ(errno, 77);
  give(static_cast<unsigned char*>(nullptr));
  small = take(10);
  give(small);
  give(small);  // even where it is reported
  EXPECT_EQ(errno, 77);
  noted.clear();
}

TEST_F(AllocatorTest, NewOfAnAlignmentThatIsNoPowerOfTwoFails) {
  for (const std::size_t alignment : {3U, 12U, 24U}) {
    errno = 0;
    EXPECT_EQ(allocate({48, alignment, core::Call::kNew}, here()), nullptr) << alignment;
    EXPECT_EQ(errno, ENOMEM);
  }
  noted.clear();
}

TEST_F(AllocatorTest, PosixMemalignKeepsErrnoEvenWhereItFails) {
  void* memory = this;
  errno = 77;
  EXPECT_EQ(allocate_posix(&memory, 64, SIZE_MAX / 4, here()), ENOMEM);
  EXPECT_EQ(errno, 77);
  EXPECT_EQ(memory, this);
  noted.clear();
}

TEST_F(AllocatorTest, ACheckTellsMoreFaultsThanAListHolds) {
  constexpr std::size_t kMany = 3 * FaultList::kCapacity + 1;
  std::vector<unsigned char*> blocks;
  for (std::size_t i = 0; i < kMany; ++i) {
    blocks.push_back(take(24));
    blocks.back()[24] ^= 1;
  }
  EXPECT_EQ(check_on_request(here()), kMany);
  EXPECT_EQ(noted.size(), kMany);
  for (unsigned char* block : blocks) {
    block[24] ^= 1;
    give(block);
  }
  noted.clear();
}

TEST_F(AllocatorTest, ACheckReportsAllEvenIfNothingMoreCanBeRemembered) {
  const auto check_with_a_full_memory = [&] {
    core::Fault told;
    told.kind = core::FaultKind::kHeapBufferOverflow;
    for (told.block.number = 0; told.block.number < 200'000; ++told.block.number) {
      static_cast<void>(reported_faults.add(told, 0));
    }
    constexpr std::size_t kMany = 3 * FaultList::kCapacity;
    for (std::size_t i = 0; i < kMany; ++i) take(24)[24] ^= 1;
    _exit(check_on_request(here()) == kMany && noted.size() == kMany ? 0 : 1);
  };
  EXPECT_EXIT(check_with_a_full_memory(), testing::ExitedWithCode(0), "");
}

TEST_F(AllocatorTest, ACheckCountsWhatIsNewAndWhatIsKnown) {
  constexpr std::size_t kMany = 3 * FaultList::kCapacity;
  std::vector<unsigned char*> blocks;
  for (std::size_t i = 0; i < kMany; ++i) {
    blocks.push_back(take(24));
    blocks.back()[24] ^= 1;
  }
  EXPECT_EQ(check_on_request(here()), kMany);
  EXPECT_EQ(known_faults(), 0U);
  unsigned char* another = take(24);
  another[24] ^= 1;
  EXPECT_EQ(check_on_request(here()), 1U);
  EXPECT_EQ(known_faults(), kMany);
  blocks.push_back(another);
  for (unsigned char* block : blocks) give(block);
  EXPECT_EQ(check_on_request(here()), 0U);
  EXPECT_EQ(known_faults(), 0U);
}

TEST_F(AllocatorTest, StatisticsAddUp) {
  struct padlock_statistics before = {};
  before.size = sizeof before;
  fill_stats(&before);
  unsigned char* small = take(1000);
  unsigned char* large = take(1000000);
  struct padlock_statistics after = {};
  after.size = sizeof after;
  fill_stats(&after);
  EXPECT_EQ(after.live_blocks - before.live_blocks, 2U);
  EXPECT_EQ(after.live_bytes - before.live_bytes, 1001000U);
  EXPECT_GE(after.allocations, 2U);
  give(small);
  give(large);
  fill_stats(&after);
  EXPECT_EQ(after.live_blocks, before.live_blocks);
  EXPECT_EQ(after.live_bytes, before.live_bytes);
}

TEST_F(AllocatorTest, AShorterStatsStructIsNotOverrun) {
  struct padlock_statistics stats;
  std::memset(&stats, 0xee, sizeof stats);
  stats.size = 16;
  fill_stats(&stats);
  EXPECT_EQ(stats.size, 16U);
  EXPECT_EQ(stats.live_bytes, 0xeeeeeeeeeeeeeeeeU);
}

TEST_F(AllocatorTest, ThreadsThatLiveTogetherShareThreeArenasEvenly) {
  std::map<Arena*, int> threads_of;
  ++threads_of[arena_of_this_thread()];
  std::vector<std::thread> threads;
  std::latch all(6);
  for (int i = 0; i < 5; ++i) {
    std::latch begun(1);
    threads.emplace_back([&] {
      ++threads_of[arena_of_this_thread()];
      begun.count_down();
      all.arrive_and_wait();
    });
    begun.wait();
  }
  all.count_down();
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(threads_of.size(), 3U);
  for (const auto& [arena, count] : threads_of) EXPECT_EQ(count, 2);
}

// Each takes one, and leaves it to the next.
TEST_F(AllocatorTest, ThreadsThatComeOneAfterAnotherUseOneState) {
  std::set<ThreadState*> states;
  for (int i = 0; i < 6; ++i) {
    std::thread([&] {
      give(take(10));
      states.insert(thread_slot.state);
    }).join();
  }
  EXPECT_EQ(states.size(), 1U);
  EXPECT_FALSE(states.contains(nullptr));
}

TEST_F(AllocatorTest, ThreadsThatComeOneAfterAnotherShareOneArena) {
  Arena* const own = arena_of_this_thread();
  std::set<Arena*> arenas;
  for (int i = 0; i < 6; ++i) std::thread([&] { arenas.insert(arena_of_this_thread()); }).join();
  EXPECT_EQ(arenas.size(), 1U);
  EXPECT_FALSE(arenas.contains(own));
}

}  // namespace
}  // namespace padlock::runtime
