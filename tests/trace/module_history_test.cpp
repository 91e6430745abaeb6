// Which module an address was in, in which generation, while modules stay where they are. (dlclose_test.cpp:
// where one follows another.)
#include "trace/module_history.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <new>
#include <string>

#include "os/memory.h"

namespace padlock::trace {
namespace {

void* none(std::size_t /*bytes*/) { return nullptr; }

int g_data = 0;

class ModuleHistoryTest : public testing::Test {
 protected:
  const std::uintptr_t own_ = reinterpret_cast<std::uintptr_t>(&none);
  const std::uintptr_t libc_ = reinterpret_cast<std::uintptr_t>(dlsym(RTLD_DEFAULT, "gnu_get_libc_version"));
  std::unique_ptr<ModuleHistory> history_ = std::make_unique<ModuleHistory>();
};

TEST_F(ModuleHistoryTest, KnowsWhatWasNotedFromItsGenerationOn) {
  EXPECT_EQ(history_->find(own_, 9), nullptr);
  history_->note(own_, 3);
  history_->note(libc_, 5);
  for (std::uint32_t generation = 0; generation < 9; ++generation) {
    EXPECT_EQ(history_->find(own_, generation) != nullptr, generation >= 3) << generation;
    EXPECT_EQ(history_->find(libc_, generation) != nullptr, generation >= 5) << generation;
  }
  const os::ModuleIdentity* const libc = history_->find(libc_, 5);
  EXPECT_TRUE(libc->range.contains(libc_));
  EXPECT_NE(std::string(libc->path).find("libc"), std::string::npos);
  EXPECT_TRUE(history_->find(own_, 3)->range.contains(own_));
  EXPECT_NE(history_->find(own_, 9), libc);
}

TEST_F(ModuleHistoryTest, NotesAModuleOnce) {
  for (std::uint32_t generation = 1; generation < 2000; ++generation) {
    history_->note(generation % 2 == 0 ? own_ : libc_, generation);
    history_->note(own_ + 16, generation);
  }
  const os::ModuleIdentity* const own = history_->find(own_, 1);
  ASSERT_NE(own, nullptr);
  EXPECT_EQ(history_->find(own_, 1999), own) << "the first record still";
  EXPECT_EQ(history_->find_unloaded(own_, 1999), nullptr) << "it is there";
  EXPECT_EQ(history_->find_unloaded(libc_, 1999), nullptr);
}

TEST_F(ModuleHistoryTest, WhatIsNoModuleIsNotNoted) {
  const auto stack = reinterpret_cast<std::uintptr_t>(&history_);
  for (const std::uintptr_t address : {std::uintptr_t{0}, std::uintptr_t{1}, stack, ~std::uintptr_t{0}}) {
    history_->note(address, 1);
    EXPECT_EQ(history_->find(address, 1), nullptr);
    EXPECT_EQ(history_->find_unloaded(address, 1), nullptr);
  }
}

TEST_F(ModuleHistoryTest, WithoutMemoryNothingIsNotedAndLaterItIs) {
  history_->note(own_, 1, none);
  EXPECT_EQ(history_->find(own_, 1), nullptr);
  history_->note(libc_, 1, none);
  history_->note(own_, 2);
  history_->note(libc_, 2);
  EXPECT_EQ(history_->find(own_, 1), nullptr);
  EXPECT_NE(history_->find(own_, 2), nullptr);
  EXPECT_NE(history_->find(libc_, 2), nullptr);
}

// Whole chunks of records may be missing.
TEST_F(ModuleHistoryTest, WithoutMemoryForManyTheNextOnesAreNoted) {
  for (int i = 0; i < 40; ++i) history_->note(own_, 1, none);
  history_->note(own_, 2);
  history_->note(libc_, 2);
  EXPECT_EQ(history_->find(own_, 1), nullptr);
  ASSERT_NE(history_->find(own_, 2), nullptr);
  ASSERT_NE(history_->find(libc_, 2), nullptr);
  EXPECT_TRUE(history_->find(libc_, 2)->range.contains(libc_));
}

// Stacks of programs that unload nothing are as they were.
TEST_F(ModuleHistoryTest, NoStackIsSaltedAsLongAsNoModuleFollowsAnother) {
  const std::uintptr_t stack[] = {own_, libc_, own_ + 8, reinterpret_cast<std::uintptr_t>(&g_data)};
  EXPECT_EQ(history_->salt_of(stack), 0U);
  for (std::uint32_t generation = 1; generation < 5; ++generation) {
    for (const std::uintptr_t pc : stack) history_->note(pc, generation);
    EXPECT_EQ(history_->salt_of(stack), 0U);
  }
}

// Right before a page that cannot be accessed.
class AtTheEdge {
 public:
  AtTheEdge()
      : page_(os::page_size()),
        memory_(static_cast<std::byte*>(os::map(2 * page_, os::Protection::kReadWrite))) {
    static_assert(sizeof(ModuleHistory) <= 4096);
    os::protect(memory_ + page_, page_, os::Protection::kNone);
    history = new (memory_ + page_ - sizeof(ModuleHistory)) ModuleHistory;
  }
  ~AtTheEdge() { os::unmap(memory_, 2 * page_); }
  AtTheEdge(const AtTheEdge&) = delete;
  AtTheEdge& operator=(const AtTheEdge&) = delete;

  ModuleHistory* history = nullptr;

 private:
  std::size_t page_;
  std::byte* memory_;
};

// Where there is no memory for it, a module takes a number all the same.
TEST_F(ModuleHistoryTest, WhenItIsFullNothingMoreIsNoted) {
  constexpr int kMoreThanFit = 32 * 256 + 40;
  const AtTheEdge full;
  for (int i = 0; i < kMoreThanFit; ++i) full.history->note(own_, 1, none);
  EXPECT_EQ(full.history->find(own_, 1), nullptr);
  full.history->note(own_, 1);
  EXPECT_EQ(full.history->find(own_, 1), nullptr);
}

}  // namespace
}  // namespace padlock::trace
