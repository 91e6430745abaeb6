// What a book keeps of names, and what it leaves out.
#include "trace/name_book.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <span>
#include <string>
#include <vector>

namespace padlock::trace {
namespace {

std::unique_ptr<NameBook> empty_book() {
  auto book = std::make_unique<NameBook>();
  book->clear();
  return book;
}

TEST(NameBook, KeepsTheLevelsOfAnAddressInTheirOrder) {
  const auto book = empty_book();
  const Level levels[] = {{"inner", "a.c", 3}, {"outer", "a.c", 7}, {"", "", 0}};
  EXPECT_TRUE(book->add(100, levels));
  EXPECT_FALSE(book->add(100, levels));  // known
  EXPECT_TRUE(book->knows(100));
  EXPECT_FALSE(book->knows(101));
  const NameBook::Names names = book->find(100);
  ASSERT_EQ(names.size(), 3U);
  EXPECT_EQ(names[0].function, "inner");
  EXPECT_EQ(names[0].file, "a.c");
  EXPECT_EQ(names[0].line, 3U);
  EXPECT_EQ(names[1].function, "outer");
  EXPECT_EQ(names[1].file, "a.c");
  EXPECT_EQ(names[1].line, 7U);
  EXPECT_EQ(names[1].file.data(), names[0].file.data()) << "stored once";
  EXPECT_EQ(names[2].function, "");
  EXPECT_EQ(names[2].file, "");
}

TEST(NameBook, MarksWhereItCutsALongText) {
  const auto book = empty_book();
  const std::string longest(NameBook::kLongestText, 'x');
  const std::string function = longest + "end";
  const std::string file = "start" + longest;
  const Level levels[] = {{longest, longest, 1}, {function, file, 2}};
  book->add(100, levels);
  EXPECT_EQ(book->find(100)[0].function, longest);
  EXPECT_EQ(book->find(100)[0].file, longest);
  EXPECT_EQ(book->find(100)[1].function, longest.substr(3) + "...");
  EXPECT_EQ(book->find(100)[1].file, "..." + longest.substr(3));
}

TEST(NameBook, OfAnAddressThatAnotherBookDoesNotKnowItTakesNoLevels) {
  const auto from = empty_book();
  const auto to = empty_book();
  to->copy(100, *from);
  EXPECT_EQ(to->find(100).size(), 0U);
}

// A book that holds `bytes` of texts: one that is empty, and functions with a NUL each.
std::unique_ptr<NameBook> book_with_text(std::size_t bytes) {
  auto book = empty_book();
  bytes -= 1;
  for (std::uintptr_t pc = 1; bytes != 0; ++pc) {
    std::string functions[2];
    for (std::string& function : functions) {
      const std::size_t size = std::min(bytes, NameBook::kLongestText + 1);
      function.assign(size == 0 ? 0 : size - 1, 'x');
      bytes -= size;
    }
    const Level levels[] = {{functions[0], "", 1}, {functions[1], "", 2}};
    EXPECT_TRUE(book->add(pc, levels));
    EXPECT_EQ(book->find(pc)[0].function, functions[0]);
    EXPECT_EQ(book->find(pc)[1].function, functions[1]);
  }
  return book;
}

TEST(NameBook, IsHalfFullWhereOneAddressMoreMightTakeMoreThanHalfOfItsText) {
  constexpr std::size_t kHalf = (1024 * 1024) / 2;
  constexpr std::size_t kOfAnAddress = NameBook::kMostLevels * 2 * (NameBook::kLongestText + 1);
  EXPECT_FALSE(book_with_text(kHalf - kOfAnAddress)->is_half_full());
  EXPECT_TRUE(book_with_text(kHalf - kOfAnAddress + 1)->is_half_full());
}

TEST(NameBook, IsHalfFullWhereOneAddressMoreMightTakeMoreThanHalfOfItsLevels) {
  constexpr std::size_t kHalf = 4 * NameBook::kAddresses;
  const auto book = empty_book();
  const Level levels[NameBook::kMostLevels] = {};
  std::uintptr_t pc = 1;
  for (; pc <= kHalf / NameBook::kMostLevels - 1; ++pc) {
    EXPECT_FALSE(book->is_half_full()) << pc;
    EXPECT_TRUE(book->add(pc, levels));
  }
  EXPECT_FALSE(book->is_half_full());
  EXPECT_TRUE(book->add(pc, std::span(levels).first(1)));
  EXPECT_TRUE(book->is_half_full());
}

TEST(NameBook, HasRoomForSoManyAddresses) {
  const auto book = empty_book();
  for (std::uintptr_t pc = 1; pc <= NameBook::kAddresses; ++pc) {
    EXPECT_EQ(book->is_half_full(), pc > NameBook::kAddresses / 2) << pc;
    EXPECT_FALSE(book->knows(pc));
    EXPECT_TRUE(book->add(pc, {}));
    EXPECT_TRUE(book->knows(pc));
  }
  EXPECT_FALSE(book->add(NameBook::kAddresses + 1, {}));
  EXPECT_FALSE(book->knows(NameBook::kAddresses + 1));
  EXPECT_FALSE(book->add(0, {}));
  EXPECT_FALSE(empty_book()->add(0, {}));
}

TEST(NameBook, KnowsNothingMoreOnceItIsCleared) {
  const auto book = empty_book();
  const Level level[] = {{"f", "a.c", 3}};
  for (std::uintptr_t pc = 1; pc <= NameBook::kAddresses; ++pc) EXPECT_TRUE(book->add(pc, level));
  for (std::uintptr_t pc = 0; pc < 4 * NameBook::kAddresses; ++pc)
    EXPECT_EQ(book->find(pc).size(), pc != 0 && pc <= NameBook::kAddresses ? 1U : 0U) << pc;
  book->clear();
  for (std::uintptr_t pc = 0; pc < 4 * NameBook::kAddresses; ++pc) EXPECT_EQ(book->find(pc).size(), 0U) << pc;
  EXPECT_TRUE(book->add(7, level));
  EXPECT_EQ(book->find(7)[0].file, "a.c");
}

TEST(NameBook, LeavesOutTheLevelsThatDoNotFit) {
  constexpr std::size_t kAll = 8 * NameBook::kAddresses;
  const auto book = empty_book();
  std::vector<Level> levels(NameBook::kMostLevels + 1);
  for (std::size_t i = 0; i < levels.size(); ++i) levels[i].line = static_cast<std::uint32_t>(i + 1);
  std::uintptr_t pc = 1;
  for (; pc <= kAll / NameBook::kMostLevels - 1; ++pc) {
    EXPECT_TRUE(book->add(pc, levels));
    ASSERT_EQ(book->find(pc).size(), NameBook::kMostLevels);
    EXPECT_EQ(book->find(pc)[NameBook::kMostLevels - 1].line, NameBook::kMostLevels);
  }
  EXPECT_TRUE(book->add(pc, std::span(levels).first(3)));
  EXPECT_EQ(book->find(pc).size(), 3U);
  EXPECT_TRUE(book->add(pc + 1, levels));
  EXPECT_EQ(book->find(pc + 1).size(), NameBook::kMostLevels - 3);
  EXPECT_TRUE(book->add(pc + 2, levels));
  EXPECT_EQ(book->find(pc + 2).size(), 0U);
}

TEST(NameBook, LeavesOutTheTextsThatDoNotFit) {
  constexpr std::size_t kText = 1024 * 1024;
  const Level level[] = {{"f", "", 1}};
  const auto almost = book_with_text(kText - NameBook::kLongestText - 1);
  EXPECT_TRUE(almost->add(5000, level));
  EXPECT_EQ(almost->find(5000)[0].function, "f");
  const auto full = book_with_text(kText - NameBook::kLongestText);
  EXPECT_TRUE(full->add(5000, level));
  EXPECT_EQ(full->find(5000)[0].function, "");
  EXPECT_EQ(full->find(5000)[0].line, 1U);
}

TEST(NameBook, HasRoomForAHalfFilledOneUntilItIsHalfFullItself) {
  const auto from = empty_book();
  const std::string text(NameBook::kLongestText, 'x');
  std::uintptr_t pc = 1;
  for (; !from->is_half_full(); ++pc) {
    const std::string function = text + std::to_string(pc);
    const Level level[] = {{function, "", 1}};
    ASSERT_TRUE(from->add(pc, level));
  }
  const auto to = empty_book();
  for (std::uintptr_t i = 1; i < pc; ++i) to->copy(i, *from);
  for (std::uintptr_t i = 1; i < pc; ++i) {
    ASSERT_EQ(to->find(i).size(), 1U);
    EXPECT_EQ(to->find(i)[0].function, from->find(i)[0].function);
  }
  to->clear();
  EXPECT_FALSE(to->knows(1));
  EXPECT_FALSE(to->is_half_full());
}

}  // namespace
}  // namespace padlock::trace
