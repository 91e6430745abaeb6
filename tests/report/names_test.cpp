// Names for programs: what a program that reads reports relies on does not change.
#include "report/names.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <fstream>
#include <set>
#include <string>
#include <string_view>

namespace padlock::report {
namespace {

constexpr std::size_t kMost = 256;  // values of an enumeration

template <typename Id>
void add_names(std::set<std::string>& names) {
  for (std::size_t value = 0; value < kMost; ++value) names.emplace(name_of(static_cast<Id>(value)));
}

// The names of the enumerators in their order, with blanks between them.
template <typename Id>
std::string names_in_order() {
  std::string text;
  for (std::size_t value = 0; value < kMost; ++value) {
    const std::string_view name = name_of(static_cast<Id>(value));
    if (value != 0 && name == "unknown") break;
    text.append(value == 0 ? "" : " ").append(name);
  }
  return text;
}

TEST(Names, ThoseOfFindingsAndAdviceAreKept) {
  std::set<std::string> names;
  add_names<FindingId>(names);
  add_names<Advice>(names);
  std::ifstream kept(PADLOCK_NAMES);
  std::size_t count = 0;
  for (std::string name; std::getline(kept, name); ++count) EXPECT_TRUE(names.contains(name)) << name;
  EXPECT_GT(count, 60U);
}

TEST(Names, ThoseOfPlacesStacksAndTimesAreKept) {
  EXPECT_EQ(names_in_order<Location::Of>(), "nothing damage access pointer source");
  EXPECT_EQ(names_in_order<Location::Place>(), "unknown before right-before inside right-after after header");
  EXPECT_EQ(names_in_order<Suspect::Proof>(), "none overran nearby");
  EXPECT_EQ(names_in_order<StackRole>(),
            "trapped wrote used found-damage passed freed-again requested called allocated freed "
            "first-freed block-before block-behind pointee");
  EXPECT_EQ(name_of(Since::What::kNotDamage), "not-damage");
  EXPECT_EQ(name_of(Since::What::kUnknown), "unknown");
  EXPECT_EQ(name_of(Since::What::kOwnAllocation), "own-allocation");
  EXPECT_EQ(name_of(Since::What::kLastVerified), "last-verified");
}

TEST(Names, WhatIsNoEnumeratorIsUnknown) {
  EXPECT_EQ(name_of(static_cast<FindingId>(255)), "unknown");
  EXPECT_EQ(name_of(static_cast<Advice>(255)), "unknown");
  EXPECT_EQ(name_of(static_cast<StackRole>(255)), "unknown");
}

}  // namespace
}  // namespace padlock::report
