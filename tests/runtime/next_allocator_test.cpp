// Processes in which another allocator serves calls: all of them where Padlock stands aside, those about its
// own blocks, and operators new and delete beside another malloc.
#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cerrno>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "process_heap.h"
#include "runtime/calls/checks.h"
#include "runtime/foreign/other_allocators.h"
#include "runtime/holders/place.h"
#include "runtime/memory/settings.h"
#include "runtime/threads/thread_slot.h"

namespace padlock::runtime::next_allocator_checks {
namespace {

// What the other allocator was asked for, and what it says.
std::vector<std::string> asked;
std::byte given[64];

void* give_memory(const std::string& call) {
  asked.push_back(call);
  return given;
}
std::string with(const char* name, std::size_t one) { return std::string(name) + " " + std::to_string(one); }
std::string with(const char* name, std::size_t one, std::size_t other) {
  return with(name, one) + " " + std::to_string(other);
}
std::string of(const char* name, const void* pointer) {
  return with(name, reinterpret_cast<std::uintptr_t>(pointer));
}

void* other_malloc(std::size_t size) noexcept { return give_memory(with("malloc", size)); }
void* other_calloc(std::size_t count, std::size_t size) noexcept {
  return give_memory(with("calloc", count, size));
}
void* other_memalign(std::size_t alignment, std::size_t size) noexcept {
  return give_memory(with("memalign", alignment, size));
}
void* other_realloc(void* pointer, std::size_t size) noexcept {
  return give_memory(of("realloc", pointer) + " " + std::to_string(size));
}
void other_free(void* pointer) noexcept { asked.push_back(of("free", pointer)); }
std::size_t other_usable_size(void* pointer) noexcept {
  asked.push_back(of("usable_size", pointer));
  return 777;
}

}  // namespace
}  // namespace padlock::runtime::next_allocator_checks

// In place of the shared library's.
extern "C" bool padlock_find_next_allocator(padlock::runtime::NextAllocator& next) noexcept {
  using namespace padlock::runtime::next_allocator_checks;  // NOLINT
  next = {other_malloc, other_calloc, other_memalign, other_realloc, other_free, other_usable_size};
  return true;
}

namespace padlock::runtime::next_allocator_checks {
namespace {

using core::Call;
using Asked = std::vector<std::string>;

class NextAllocatorTest : public ProcessHeapTest {
 protected:
  NextAllocatorTest() : own_(take(100)), large_(take(600'000)) {
    foreign_ = mmap(nullptr, 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    EXPECT_TRUE(find_next_allocator());
    asked.clear();
  }
  ~NextAllocatorTest() override {
    give(own_);
    give(large_);
    munmap(foreign_, 4096);
  }
  static Asked what_was_asked() { return std::exchange(asked, {}); }

  std::uint8_t *own_, *large_;
  void* foreign_;
};

class AsideTest : public NextAllocatorTest {
 protected:
  const Changed<bool> aside_{settings.aside, true};
};

// On a thread that Padlock does not know: aside, it gets to know none.
TEST_F(AsideTest, EveryCallGoesOn) {
  std::thread([&] {
    EXPECT_EQ(take(10), static_cast<void*>(given));
    EXPECT_EQ(take(20, Call::kNew), static_cast<void*>(given));
    EXPECT_EQ(allocate({30, 64, Call::kMemalign}, here()), given);
    EXPECT_EQ(allocate_zeroed(3, 7, here()), given);
    EXPECT_EQ(allocate_zeroed(1, SIZE_MAX, here()), given) << "what is too large is for it to say";
    EXPECT_EQ(reallocate(foreign_, 40, here()), given);
    EXPECT_EQ(usable_size(foreign_, here()), 777U);
    give(foreign_);
    EXPECT_EQ(thread_slot.state, nullptr);
  }).join();
  EXPECT_EQ(what_was_asked(),
            (Asked{"malloc 10", "malloc 20", "memalign 64 30", "calloc 3 7", with("calloc", 1, SIZE_MAX),
                   of("realloc", foreign_) + " 40", of("usable_size", foreign_), of("free", foreign_)}));
}

TEST_F(AsideTest, AProductThatIsNoNumberIsRefusedAtOnce) {
  errno = 0;
  EXPECT_EQ(allocate_zeroed(SIZE_MAX, 2, here()), nullptr);
  EXPECT_EQ(errno, ENOMEM);
  errno = 0;
  EXPECT_EQ(reallocate_array(foreign_, SIZE_MAX, 2, here()), nullptr);
  EXPECT_EQ(errno, ENOMEM);
  EXPECT_EQ(what_was_asked(), Asked{});
  faults();
}

class PassingTest : public NextAllocatorTest {
 protected:
  const Changed<bool> passes_{settings.passes_foreign, true};
};

TEST_F(PassingTest, ForeignBlocksGoToTheNextAllocator) {
  EXPECT_EQ(usable_size(foreign_, here()), 777U);
  EXPECT_EQ(reallocate(foreign_, 40, here()), given);
  EXPECT_EQ(reallocate_array(foreign_, 3, 5, here()), given);
  give(foreign_);
  EXPECT_EQ(what_was_asked(), (Asked{of("usable_size", foreign_), of("realloc", foreign_) + " 40",
                                     of("realloc", foreign_) + " 15", of("free", foreign_)}));
  EXPECT_EQ(kinds(), Kinds{});
}

TEST_F(PassingTest, OwnOnesAndBadPointersDoNot) {
  int local = 0;
  static int object = 0;
  for (std::uint8_t* const block : {own_, large_}) {
    EXPECT_EQ(passes_on(place_of(reinterpret_cast<std::uintptr_t>(block)), block), nullptr);
    EXPECT_EQ(usable_size(block, here()), block == own_ ? 100U : 600'000U);
  }
  EXPECT_EQ(kinds(), Kinds{});
  for (void* const pointer :
       {static_cast<void*>(&local), static_cast<void*>(&object), reinterpret_cast<void*>(0x1230),
        static_cast<void*>(own_ + 16), static_cast<void*>(large_ + 4096)}) {
    give(pointer);
    EXPECT_EQ(kinds(), Kinds{"invalid-free"});
  }
  EXPECT_EQ(what_was_asked(), Asked{});
}

TEST_F(NextAllocatorTest, ForeignBlocksAreFaultsWhereTheyAreNotPassedOn) {
  give(foreign_);
  EXPECT_EQ(reallocate(foreign_, 10, here()), nullptr);
  EXPECT_EQ(usable_size(foreign_, here()), 0U);
  EXPECT_EQ(kinds(), (Kinds{"invalid-free", "invalid-free", "invalid-free"}));
  EXPECT_EQ(what_was_asked(), Asked{});
}

class BystanderTest : public NextAllocatorTest {
 protected:
  const Changed<bool> bystander_{settings.bystander, true};
  const Changed<ProcessAllocator> process_{settings.process_allocator,
                                           {other_malloc, other_free, other_malloc}};
};

TEST_F(BystanderTest, OperatorsNewAndDeleteUseTheProcesssMalloc) {
  EXPECT_EQ(take(10, Call::kNew), static_cast<void*>(given));
  EXPECT_EQ(take(20, Call::kNewArray), static_cast<void*>(given));
  give(given, Call::kDelete);
  give(given, Call::kDeleteArray);
  EXPECT_EQ(what_was_asked(), (Asked{"malloc 10", "malloc 20", of("free", given), of("free", given)}));
}

TEST_F(BystanderTest, MallocAndAlignedNewAreItsOwn) {
  std::uint8_t* const block = take(10);
  give(block);
  void* const aligned = allocate({10, 64, Call::kNew}, here());
  EXPECT_EQ(place_of(reinterpret_cast<std::uintptr_t>(aligned)).holder, Holder::kArena);
  release(aligned, {.call = Call::kDelete, .size = {}, .alignment = 64}, here());
  EXPECT_EQ(kinds(), Kinds{});
  give(foreign_);
  EXPECT_EQ(kinds(), Kinds{"invalid-free"}) << "by free";
  EXPECT_EQ(what_was_asked(), Asked{});
}

}  // namespace
}  // namespace padlock::runtime::next_allocator_checks
