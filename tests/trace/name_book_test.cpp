// What a book keeps of names, and what it leaves out.
#include "trace/name_book.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace padlock::trace {
namespace {

std::unique_ptr<NameBook> new_book() {
  auto book = std::make_unique<NameBook>();
  book->clear();
  return book;
}

TEST(NameBook, KeepsTheLevelsOfAnAddressInTheirOrder) {
  const auto book = new_book();
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
  EXPECT_EQ(names[2].function, "");
  EXPECT_EQ(names[2].file, "");
}

TEST(NameBook, MarksWhereItCutsALongText) {
  const auto book = new_book();
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
  const auto from = new_book();
  const auto to = new_book();
  to->copy(100, *from);
  EXPECT_EQ(to->find(100).size(), 0U);
}

TEST(NameBook, HasRoomForAHalfFilledOneUntilItIsHalfFullItself) {
  const auto from = new_book();
  const std::string text(NameBook::kLongestText, 'x');
  std::uintptr_t pc = 1;
  for (; !from->is_half_full(); ++pc) {
    const std::string function = text + std::to_string(pc);
    const Level level[] = {{function, "", 1}};
    ASSERT_TRUE(from->add(pc, level));
  }
  const auto to = new_book();
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
