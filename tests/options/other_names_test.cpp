// Names that people bring along from sanitizers and from Scudo.
#include "options/other_names.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <fstream>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "options/options.h"
#include "options/table.h"

namespace padlock::options {
namespace {

class OldNames final : public OptionErrors {
 public:
  void on_error(std::string_view message) override { errors.emplace_back(message); }
  void on_note(std::string_view message) override { notes.emplace_back(message); }
  std::vector<std::string> errors;
  std::vector<std::string> notes;
};

struct Translated {
  Options options;
  OldNames said;
};

Translated translated(std::string_view text) {
  Translated outcome;
  const bool accepted = parse(text, outcome.options, outcome.said);
  EXPECT_EQ(accepted, outcome.said.errors.empty());
  return outcome;
}

bool is_option(std::string_view name) {
  return std::ranges::find(option_table(), name, &OptionEntry::name) != option_table().end();
}

TEST(OtherNames, SetTheOptionThatStandsForThem) {
  const Translated outcome = translated(
      "new_delete_type_mismatch=0:dealloc_type_mismatch=0:hard_rss_limit_mb=7:may_return_null=0:"
      "max_malloc_fill_size=5:suppress_equal_pcs=0:thread_local_quarantine_size_kb=3");
  EXPECT_TRUE(outcome.said.errors.empty());
  EXPECT_TRUE(outcome.said.notes.empty());
  EXPECT_FALSE(outcome.options.delete_size_mismatch);
  EXPECT_FALSE(outcome.options.alloc_dealloc_mismatch);
  EXPECT_FALSE(outcome.options.allocator_may_return_null);
  EXPECT_FALSE(outcome.options.report_once);
  EXPECT_EQ(outcome.options.mapped_limit_mb.count, 7);
  EXPECT_EQ(outcome.options.fill_fresh_max, 5);
  EXPECT_EQ(outcome.options.thread_quarantine_kb.count, 3);
}

TEST(OtherNames, ValuesMeanWhatTheyMeantThere) {
  EXPECT_EQ(translated("quarantine_size_mb=3").options.arena_quarantine_kb.bytes(), 3_MiB);
  EXPECT_EQ(translated("quarantine_size_mb=0").options.arena_quarantine_kb.bytes(), 0u);
  EXPECT_EQ(translated("fast_unwind_on_malloc=0").options.unwind, Unwind::kExact);
  EXPECT_EQ(translated("unwind=exact:fast_unwind_on_malloc=1").options.unwind, Unwind::kFast);
  EXPECT_TRUE(translated("handle_segv=0:handle_segv=2").options.handle_segv);
  EXPECT_FALSE(translated("handle_segv=0").options.handle_segv);
}

TEST(OtherNames, BadValuesAreRefusedAsThoseOfTheOption) {
  EXPECT_EQ(translated("quarantine_size_mb=9223372036854775807").said.errors.size(), 1u);
  EXPECT_EQ(translated("quarantine_size_mb=-1").said.errors.size(), 1u);
  EXPECT_EQ(
      translated("quarantine_size_mb=x").said.errors,
      std::vector<std::string>{"option 'arena_quarantine_kb': 'x' is not a whole number from 0 to 16777216"});
  EXPECT_EQ(translated("fast_unwind_on_malloc=2").said.errors,
            std::vector<std::string>{"option 'unwind': '2' is not one of fast|exact|none"});
}

// A number beyond any range is one in the option's unit as well.
TEST(OtherNames, NumbersAreMultipliedWithinTheirRange) {
  const auto refused = [](const char* number) {
    const Translated outcome = translated(std::string("quarantine_size_mb=") + number);
    return outcome.said.errors.empty() ? std::string() : outcome.said.errors[0];
  };
  const auto words = [](const std::string& number) {
    return "option 'arena_quarantine_kb': '" + number + "' is not a whole number from 0 to 16777216";
  };
  EXPECT_EQ(refused("16384"), "");
  EXPECT_EQ(refused("16385"), words("16778240"));
  EXPECT_EQ(refused("-1"), words("-1024"));
  EXPECT_EQ(refused("9223372036854775807"), words("1152921504606846976"));
  EXPECT_EQ(refused("-9223372036854775808"), words("-1152921504606846976"));
  EXPECT_EQ(refused("1125899906842623"), words("1152921504606845952"));
}

// What counts in the option's own unit is passed on as it was written.
TEST(OtherNames, NumbersOfTheSameUnitStayAsTheyAre) {
  for (const Synonym& synonym : synonyms()) {
    const auto table = option_table();
    const auto entry = std::ranges::find(table, synonym.option, &OptionEntry::name);
    if (synonym.times != 1 || entry->kind != OptionKind::kInt) continue;
    for (const std::string number : {"0009223372036854775807", "-00099999999999999999"}) {
      const Translated outcome = translated(std::string(synonym.name) + '=' + number);
      ASSERT_EQ(outcome.said.errors.size(), 1u);
      EXPECT_NE(outcome.said.errors[0].find('\'' + number + '\''), std::string::npos)
          << outcome.said.errors[0];
    }
  }
}

// Each value that is spelled differently there, and one that is not, leads to what the option itself takes.
TEST(OtherNames, EachIsItsOption) {
  for (const Synonym& synonym : synonyms()) {
    std::vector<std::pair<std::string, std::string>> values;
    for (const char* plain : {"0", "1", "7", "x"}) values.emplace_back(plain, plain);
    std::istringstream pairs{std::string(synonym.values)};
    for (std::string pair; std::getline(pairs, pair, '|');) {
      const std::string theirs = pair.substr(0, pair.find('='));
      std::erase_if(values, [&](const auto& value) { return value.first == theirs; });
      values.emplace_back(theirs, pair.substr(pair.find('=') + 1));
    }
    for (auto& [theirs, ours] : values) {
      const bool number = !ours.empty() && std::isdigit(static_cast<unsigned char>(ours[0])) != 0;
      if (synonym.times != 1 && number) ours = std::to_string(std::stoll(ours) * synonym.times);
      const Translated one = translated(std::string(synonym.name) + '=' + theirs);
      const Translated other = translated(std::string(synonym.option) + '=' + ours);
      if (synonym.name != synonym.option) {
        EXPECT_EQ(one.said.errors, other.said.errors) << synonym.name;
      }
      for (const OptionEntry& entry : option_table()) {
        if (entry.name != synonym.option || synonym.name == synonym.option) continue;
        Options a = one.options;
        Options b = other.options;
        if (entry.as_bool != nullptr) {
          EXPECT_EQ(a.*entry.as_bool, b.*entry.as_bool) << synonym.name << theirs;
        }
        if (entry.as_int != nullptr) {
          EXPECT_EQ(entry.as_int(a), entry.as_int(b)) << synonym.name << theirs;
        }
      }
    }
  }
}

// Whatever stands before it in the list.
TEST(OtherNames, EachFlagThatChangesNothingIsSaidOnceByItsName) {
  std::string all;
  for (const Unused& unused : unused_names()) all += std::string(unused.name) + "=1:";
  const Translated outcome = translated(all + all);
  ASSERT_EQ(outcome.said.notes.size(), unused_names().size());
  for (std::size_t i = 0; i < outcome.said.notes.size(); ++i)
    EXPECT_EQ(outcome.said.notes[i], "option '" + std::string(unused_names()[i].name) +
                                         "' changes nothing here: " + std::string(unused_names()[i].reason));
  EXPECT_TRUE(outcome.said.errors.empty());
}

TEST(OtherNames, WhatChangesNothingIsSaidOnceAndIsNoError) {
  const Translated outcome = translated("redzone=16:handle_abort=1:redzone=64:exitcode=7");
  EXPECT_TRUE(outcome.said.errors.empty());
  EXPECT_EQ(outcome.said.notes,
            (std::vector<std::string>{
                "option 'redzone' changes nothing here: padding is 8 bytes or more, and guard pages are "
                "beyond that",
                "option 'handle_abort' changes nothing here: the heap is checked at each fatal signal, with "
                "check_at_exit"}));
  EXPECT_EQ(outcome.options.exitcode, 7);
}

TEST(OtherNames, TheListsHaveWhatIsFoundByName) {
  EXPECT_EQ(synonyms().size(), 11U);
  for (const Synonym& synonym : synonyms()) EXPECT_EQ(find_synonym(synonym.name), &synonym) << synonym.name;
  EXPECT_GT(unused_names().size(), 100U);
  for (const Unused& unused : unused_names()) EXPECT_EQ(find_unused(unused.name), &unused) << unused.name;
  EXPECT_EQ(find_synonym("redzone"), nullptr);
  EXPECT_EQ(find_unused("mmap_limit_mb"), nullptr);
}

TEST(OtherNames, LeadToOptionsAndHideNone) {
  std::vector<std::string_view> names;
  for (const Synonym& synonym : synonyms()) {
    EXPECT_TRUE(is_option(synonym.option)) << synonym.name;
    EXPECT_TRUE(synonym.name == synonym.option || !is_option(synonym.name)) << synonym.name;
    names.push_back(synonym.name);
  }
  for (const Unused& unused : unused_names()) {
    EXPECT_FALSE(is_option(unused.name)) << unused.name;
    names.push_back(unused.name);
  }
  for (const OldName& old : old_names()) names.push_back(old.old_name);
  std::ranges::sort(names);
  EXPECT_TRUE(std::ranges::adjacent_find(names) == names.end());
  EXPECT_LE(unused_names().size(), 256u);  // room for "said once"
}

// Every flag of `ASAN_OPTIONS=help=1` of clang 14 and gcc 12, and of LSan's and Scudo's.
TEST(OtherNames, NoFlagOfASanitizerIsUnknown) {
  std::ifstream list(PADLOCK_SANITIZER_FLAGS);
  std::size_t count = 0;
  for (std::string name; std::getline(list, name); ++count) {
    for (const std::string& message : translated(name + "=1").said.errors) {
      EXPECT_EQ(message.find("unknown option"), std::string::npos) << name;
    }
  }
  EXPECT_GT(count, 100u);
}

TEST(OtherNames, ThePageForNewcomersHasEachOne) {
  std::ostringstream file;
  file << std::ifstream(PADLOCK_COMING_FROM_PAGE).rdbuf();
  const std::string page = file.str();
  for (const Synonym& synonym : synonyms()) {
    EXPECT_NE(page.find('`' + std::string(synonym.name)), std::string::npos) << synonym.name;
  }
}

}  // namespace
}  // namespace padlock::options
