// What interrupted code had at hand: all registers, and as much of its stack as can be read as a whole.
#include "runtime/holders/values_at_hand.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>
#include <vector>

namespace padlock::runtime::values_at_hand_checks {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kWords = 64;

class ValuesAtHandTest : public testing::Test {
 protected:
  // A page of numbered words, and a closed one behind it.
  ValuesAtHandTest()
      : pages_(static_cast<std::uintptr_t*>(
            mmap(nullptr, 2 * kPage, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0))) {
    for (std::size_t i = 0; i < kPage / sizeof *pages_; ++i) pages_[i] = 5000 + i;
    mprotect(pages_ + kPage / sizeof *pages_, kPage, PROT_NONE);
  }
  ~ValuesAtHandTest() override { munmap(pages_, 2 * kPage); }

  // With so many words between the stack pointer and the closed page.
  [[nodiscard]] std::vector<std::uintptr_t> values_with(std::size_t words) const {
    arch::Context context;
    std::memset(&context, 0, sizeof context);
    for (std::size_t i = 0; i < arch::kRegisters; ++i)
      context.uc_mcontext.gregs[i] = static_cast<greg_t>(100 + i);
    context.uc_mcontext.gregs[REG_RSP] = reinterpret_cast<greg_t>(pages_ + kPage / sizeof *pages_ - words);
    const ValuesAtHand values(context);
    return {values.begin(), values.end()};
  }

  std::uintptr_t* pages_;
};

TEST_F(ValuesAtHandTest, AreRegistersThenTheTopOfTheStack) {
  for (const std::size_t words : {kWords, kWords + 1, std::size_t{200}}) {
    const std::vector<std::uintptr_t> values = values_with(words);
    ASSERT_EQ(values.size(), arch::kRegisters + kWords);
    for (std::size_t i = 0; i < arch::kRegisters; ++i) {
      if (i != REG_RSP) {
        EXPECT_EQ(values[i], 100 + i);
      }
    }
    for (std::size_t i = 0; i < kWords; ++i)
      EXPECT_EQ(values[arch::kRegisters + i], 5000 + kPage / sizeof *pages_ - words + i);
  }
}

TEST_F(ValuesAtHandTest, AreRegistersAloneWhereTheStackCannotBeRead) {
  for (const std::size_t words : {kWords - 1, std::size_t{1}, std::size_t{0}})
    EXPECT_EQ(values_with(words).size(), arch::kRegisters);
}

}  // namespace
}  // namespace padlock::runtime::values_at_hand_checks
