// parse(): what is accepted, what is refused, and in exactly which words.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "options/options.h"
#include "options/other_names.h"
#include "options/table.h"

namespace padlock::options {
namespace {

class Collected final : public OptionErrors {
 public:
  void on_error(std::string_view message) override { messages.emplace_back(message); }
  void on_note(std::string_view message) override { old_names.emplace_back(message); }
  std::vector<std::string> messages;
  std::vector<std::string> old_names;
};

struct Outcome {
  Options options;
  bool accepted = false;
  std::vector<std::string> messages;
  std::vector<std::string> old_names;
};

Outcome parsed(std::string_view text) {
  Outcome outcome;
  Collected errors;
  outcome.accepted = parse(text, outcome.options, errors);
  outcome.messages = errors.messages;
  outcome.old_names = errors.old_names;
  return outcome;
}

// The one message of a text that must be refused.
std::string refusal(std::string_view text) {
  const Outcome outcome = parsed(text);
  EXPECT_FALSE(outcome.accepted) << text;
  EXPECT_EQ(outcome.messages.size(), 1u) << text;
  return outcome.messages.empty() ? "" : outcome.messages.front();
}

TEST(Parse, EmptyAndBlankTextsChangeNothing) {
  for (const char* text : {"", ":", " \n,:\t "}) {
    const Outcome outcome = parsed(text);
    EXPECT_TRUE(outcome.accepted);
    EXPECT_TRUE(outcome.options.halt_on_error);
    EXPECT_EQ(outcome.options.exitcode, 99);
    EXPECT_STREQ(outcome.options.log_path.value, "stderr");
  }
}

TEST(Parse, SetsEveryKindOfOption) {
  const Outcome outcome = parsed("halt_on_error=off:exitcode=3:log_path=/tmp/x.%p:color=never");
  EXPECT_TRUE(outcome.accepted);
  EXPECT_FALSE(outcome.options.halt_on_error);
  EXPECT_EQ(outcome.options.exitcode, 3);
  EXPECT_STREQ(outcome.options.log_path.value, "/tmp/x.%p");
  EXPECT_EQ(outcome.options.color, Color::kNever);
  EXPECT_TRUE(outcome.options.abort_on_error);
}

TEST(Parse, TakesAllSeparators) {
  const Outcome outcome = parsed("exitcode=1 verbosity=2,arenas=3\nseed=4\tcheck_interval=5::");
  EXPECT_TRUE(outcome.accepted);
  EXPECT_EQ(outcome.options.exitcode, 1);
  EXPECT_EQ(outcome.options.verbosity, 2);
  EXPECT_EQ(outcome.options.arenas, 3);
  EXPECT_EQ(outcome.options.seed, 4);
  EXPECT_EQ(outcome.options.check_interval, 5);
}

TEST(Parse, QuotedValuesMayHoldSeparatorsAndTheOtherQuote) {
  EXPECT_STREQ(parsed("log_path='/a:b, \"c'").options.log_path.value, "/a:b, \"c");
  EXPECT_STREQ(parsed("log_path=\"it's\"").options.log_path.value, "it's");
  EXPECT_STREQ(parsed("log_path=a'b").options.log_path.value, "a'b");
  EXPECT_STREQ(parsed("log_path=''").options.log_path.value, "");
  const Outcome outcome = parsed("log_path='a b':exitcode='7'");
  EXPECT_TRUE(outcome.accepted);
  EXPECT_EQ(outcome.options.exitcode, 7);
}

TEST(Parse, ValueMayHoldAnEqualsSign) { EXPECT_STREQ(parsed("log_path=a=b").options.log_path.value, "a=b"); }

TEST(Parse, LastOfADuplicateWins) {
  const Outcome outcome = parsed("exitcode=1:exitcode=2");
  EXPECT_TRUE(outcome.accepted);
  EXPECT_EQ(outcome.options.exitcode, 2);
}

TEST(Parse, ShorterTextLeavesNothingOfTheLongerOne) {
  const Outcome outcome = parsed("log_path=a-long-name:log_path=b");
  EXPECT_STREQ(outcome.options.log_path.value, "b");
  EXPECT_EQ(outcome.options.log_path.value[2], '\0');
}

TEST(Parse, RefusedPartChangesNothingAndTheOthersApply) {
  const Outcome outcome = parsed("exitcode=1:exitcode=256:bogus=1:verbosity=2");
  EXPECT_FALSE(outcome.accepted);
  EXPECT_EQ(outcome.options.exitcode, 1);
  EXPECT_EQ(outcome.options.verbosity, 2);
  EXPECT_EQ(outcome.messages,
            (std::vector<std::string>{"option 'exitcode': '256' is not a whole number from 0 to 255",
                                      "unknown option 'bogus'"}));
}

TEST(Parse, NamesAnUnknownOptionAndTheOneMeant) {
  EXPECT_EQ(refusal("arena_quarantin_kb=1"),
            "unknown option 'arena_quarantin_kb': did you mean 'arena_quarantine_kb'?");
  EXPECT_EQ(refusal("EXITCODE=1"), "unknown option 'EXITCODE'");
}

TEST(Parse, OldNameIsAcceptedAndReportedOnce) {
  const Outcome outcome = parsed("soft_rss_limit_mb=5:soft_rss_limit_mb=7:give_back_after=3");
  EXPECT_TRUE(outcome.accepted);
  EXPECT_EQ(outcome.options.mapped_limit_mb.count, 7);
  EXPECT_EQ(outcome.options.give_back_after_s, 3);
  EXPECT_EQ(outcome.messages, std::vector<std::string>{});
  EXPECT_EQ(outcome.old_names,
            (std::vector<std::string>{"option 'soft_rss_limit_mb' is now called 'mapped_limit_mb'",
                                      "option 'give_back_after' is now called 'give_back_after_s'"}));
}

TEST(Parse, OldNameTakesTheValuesOfTheNewOne) {
  EXPECT_EQ(refusal("give_back_after=-1"),
            "option 'give_back_after_s': '-1' is not a whole number from 0 to 86400");
}

TEST(Parse, EveryOldNameLeadsToAnOptionAndIsNoneItself) {
  for (const OldName& old : old_names()) {
    const auto table = option_table();
    EXPECT_NE(std::ranges::find(table, old.name, &OptionEntry::name), table.end()) << old.old_name;
    EXPECT_EQ(std::ranges::find(table, old.old_name, &OptionEntry::name), table.end()) << old.old_name;
  }
  EXPECT_EQ(parsed("mapped_limit_mb=5:give_back_after_s=3").old_names, std::vector<std::string>{});
}

TEST(Parse, RefusesBadValues) {
  EXPECT_EQ(refusal("halt_on_error=2"),
            "option 'halt_on_error': '2' is not one of 0, 1, false, true, no, yes, off, on");
  EXPECT_EQ(refusal("verbosity=-1"), "option 'verbosity': '-1' is not a whole number from 0 to 2");
  EXPECT_EQ(refusal("verbosity=1x"), "option 'verbosity': '1x' is not a whole number from 0 to 2");
  EXPECT_EQ(refusal("verbosity="), "option 'verbosity': '' is not a whole number from 0 to 2");
  EXPECT_EQ(refusal("unwind=slow"), "option 'unwind': 'slow' is not one of fast|exact|none");
}

TEST(Parse, RefusesMalformedParts) {
  EXPECT_EQ(refusal("verbosity"), "option 'verbosity' has no '=': write name=value");
  EXPECT_EQ(refusal("=1"), "option '=1' has no name before the '='");
  EXPECT_EQ(refusal("log_path='abc"), "option 'log_path='abc' has a quote that is never closed");
  EXPECT_EQ(refusal("log_path='a'b"), "option 'log_path='a'b' has text after the closing quote");
}

TEST(Parse, PartWithoutEqualsDoesNotSwallowTheNext) {
  const Outcome outcome = parsed("verbosity:exitcode=4");
  EXPECT_EQ(outcome.options.exitcode, 4);
  EXPECT_EQ(outcome.messages, (std::vector<std::string>{"option 'verbosity' has no '=': write name=value"}));
}

TEST(Parse, ATextThatASeparatorEndsIsToBeQuoted) {
  const Outcome outcome = parsed("exclude=make:python3,ld:verbosity=1:x");
  EXPECT_FALSE(outcome.accepted);
  EXPECT_STREQ(outcome.options.exclude.value, "make");
  const std::string begin = "' has no '=': write name=value";
  const std::string hint = ", or, if it belongs to the value of 'exclude', put quotes around that: '";
  EXPECT_EQ(outcome.messages, (std::vector<std::string>{
                                  "option 'python3" + begin + hint + "exclude=\"make:python3\"'",
                                  "option 'ld" + begin + hint + "exclude=\"make:python3,ld\"'",
                                  "option 'x" + begin,
                              }));
  EXPECT_EQ(refusal("exclude=\"a\":b"), "option 'b" + begin + hint + "exclude=\"...\"'");
  EXPECT_EQ(refusal("exclude=" + std::string(70, 'a') + ":b"),
            "option 'b" + begin + hint + "exclude=\"...\"'");
  EXPECT_TRUE(parsed("exclude=\"make:python3\"").accepted);
}

TEST(Parse, AHintShowsATextOfSixtyFourBytesAndNoLongerOne) {
  for (std::size_t length = 62; length <= 66; ++length) {
    const std::string whole = std::string(length - 2, 'a') + ":b";
    EXPECT_EQ(
        refusal("exclude=" + whole),
        "option 'b' has no '=': write name=value, or, if it belongs to the value of 'exclude', put quotes "
        "around that: 'exclude=\"" +
            (length <= 64 ? whole : "...") + "\"'");
  }
}

TEST(Parse, TextFitsExactlyOrIsRefused) {
  const std::string fits(sizeof(Text) - 1, 'a');
  EXPECT_EQ(parsed("log_path=" + fits).options.log_path.value, fits);
  EXPECT_EQ(refusal("log_path=" + fits + "a"),
            "option 'log_path': the text is longer than 511 bytes or holds a NUL");
  EXPECT_EQ(refusal(std::string_view("log_path=a\0b", 12)),
            "option 'log_path': the text is longer than 511 bytes or holds a NUL");
}

TEST(Parse, MessagesQuoteAtMostSixtyFourHarmlessBytes) {
  EXPECT_EQ(refusal(std::string(100, 'k') + "=1"), "unknown option '" + std::string(64, 'k') + "...'");
  EXPECT_EQ(refusal(std::string(65, 'k') + "=1"), "unknown option '" + std::string(64, 'k') + "...'");
  EXPECT_EQ(refusal(std::string(64, 'k') + "=1"), "unknown option '" + std::string(64, 'k') + "'");
  EXPECT_EQ(refusal("a\x1b[0m=1"), "unknown option 'a?[0m'");
}

TEST(Parse, EveryDefaultIsAcceptedAndLeavesTheDefault) {
  for (const OptionEntry& entry : option_table()) {
    Outcome outcome = parsed(std::string(entry.name) + "='" + std::string(entry.fallback) + "'");
    EXPECT_TRUE(outcome.accepted) << entry.name;
    Options defaults;
    if (entry.as_bool != nullptr) {
      EXPECT_EQ(outcome.options.*entry.as_bool, defaults.*entry.as_bool);
    }
    if (entry.as_int != nullptr) {
      EXPECT_EQ(entry.as_int(outcome.options), entry.as_int(defaults));
    }
    if (entry.as_text != nullptr) {
      EXPECT_STREQ((outcome.options.*entry.as_text).value, (defaults.*entry.as_text).value);
    }
  }
}

TEST(Parse, EveryWordOfAChoiceIsItsEnumerator) {
  EXPECT_EQ(parsed("check_at_exit=0").options.check_at_exit, CheckAtExit::kNever);
  EXPECT_EQ(parsed("check_at_exit=1").options.check_at_exit, CheckAtExit::kTouched);
  EXPECT_EQ(parsed("check_at_exit=full").options.check_at_exit, CheckAtExit::kFull);
  EXPECT_EQ(parsed("unwind=exact").options.unwind, Unwind::kExact);
  EXPECT_EQ(parsed("unwind=none").options.unwind, Unwind::kNone);
  EXPECT_EQ(parsed("foreign_free=pass").options.foreign_free, ForeignFree::kPass);
  EXPECT_EQ(parsed("large_guards=mappings").options.large_guards, LargeGuards::kMappings);
}

TEST(Parse, SizesKnowTheirUnits) {
  EXPECT_EQ(parsed("large_reuse_kb=3").options.large_reuse_kb.bytes(), 3_KiB);
  EXPECT_EQ(parsed("trace_memory_mb=5").options.trace_memory_mb.bytes(), 5_MiB);
}

TEST(Parse, EveryBoundIsAcceptedAndOneBeyondIsNot) {
  for (const OptionEntry& entry : option_table()) {
    if (entry.kind != OptionKind::kInt) continue;
    const std::string name(entry.name);
    Outcome lowest = parsed(name + "=" + std::to_string(entry.low));
    EXPECT_EQ(entry.as_int(lowest.options), entry.low) << name;
    Outcome highest = parsed(name + "=" + std::to_string(entry.high));
    EXPECT_EQ(entry.as_int(highest.options), entry.high) << name;
    EXPECT_FALSE(parsed(name + "=" + std::to_string(entry.low - 1)).accepted) << name;
    if (entry.high == INT64_MAX) continue;
    EXPECT_FALSE(parsed(name + "=" + std::to_string(entry.high + 1)).accepted) << name;
  }
}

TEST(Parse, SurvivesEveryStringOfAHostileAlphabet) {
  constexpr std::string_view kAlphabet = "a=:'\" ,\x01\xff";
  std::string text(5, 'a');
  std::map<std::string, std::pair<std::size_t, std::size_t>> said;  // how often, and bytes quoted in all
  for (std::size_t code = 0; code < 9 * 9 * 9 * 9 * 9; ++code) {
    std::size_t rest = code;
    for (char& character : text) {
      character = kAlphabet[rest % kAlphabet.size()];
      rest /= kAlphabet.size();
    }
    const Outcome outcome = parsed(text);
    EXPECT_EQ(outcome.accepted, outcome.messages.empty());
    if (outcome.accepted) ++said["nothing"].first;
    for (const std::string& message : outcome.messages) {
      const bool unknown = message.starts_with("unknown option");
      const std::size_t quoted =
          message.rfind('\'', unknown ? std::string::npos : message.rfind(" has ")) - 8;
      auto& [times, bytes] = said[unknown ? "unknown" : message.substr(message.rfind(" has "))];
      ++times;
      bytes += quoted;
    }
  }
  using Count = std::pair<std::size_t, std::size_t>;
  const std::map<std::string, Count> expected = {{" has a quote that is never closed", {4264, 17720}},
                                                 {" has no '=': write name=value", {63035, 118585}},
                                                 {" has no name before the '='", {12605, 25297}},
                                                 {" has text after the closing quote", {300, 1428}},
                                                 {"nothing", {243, 0}},
                                                 {"unknown", {10750, 103950}}};
  EXPECT_EQ(said, expected);
}

// What stands behind the text is not part of it.
TEST(Parse, ReadsNoFurtherThanTheTextGoes) {
  const std::string whole =
      "log_path='a b':exitcode=7 "
      "seed=\"12\",unwind=exact:log_path=x'y':=1:quarantine_size_mb=3:color='always'";
  for (std::size_t begin = 0; begin <= whole.size(); ++begin) {
    for (std::size_t end = begin; end <= whole.size(); ++end) {
      const std::string_view part = std::string_view(whole).substr(begin, end - begin);
      const std::string copy(part);
      const Outcome in_place = parsed(part);
      const Outcome alone = parsed(copy);
      ASSERT_EQ(in_place.accepted, alone.accepted) << part;
      ASSERT_EQ(in_place.messages, alone.messages) << part;
      ASSERT_STREQ(in_place.options.log_path.value, alone.options.log_path.value) << part;
      ASSERT_EQ(in_place.options.exitcode, alone.options.exitcode) << part;
      ASSERT_EQ(in_place.options.seed, alone.options.seed) << part;
    }
  }
}

// All values that stand next to where one is refused, for every option of the kind.
TEST(Parse, EveryOptionTakesTheValuesOfItsKindAndNoOthers) {
  const char* const words[] = {"0",  "1", "false", "true", "no", "yes",  "off",
                               "on", "2", "-1",    "",     "00", "True", "on "};
  for (const OptionEntry& entry : option_table()) {
    const std::string name(entry.name);
    if (find_synonym(name) != nullptr) continue;  // takes a sanitizer's values, too
    for (const std::string word : words) {
      Outcome outcome = parsed(name + "='" + word + "'");
      const std::string refused = "option '" + name + "': '" + word + "' is not ";
      switch (entry.kind) {
        case OptionKind::kBool: {
          const auto place = std::ranges::find(words, word) - words;
          EXPECT_EQ(outcome.accepted, place < 8) << name << word;
          if (place < 8) {
            EXPECT_EQ(outcome.options.*entry.as_bool, place % 2 == 1) << name << word;
          } else {
            EXPECT_EQ(outcome.messages[0], refused + "one of 0, 1, false, true, no, yes, off, on");
          }
          break;
        }
        case OptionKind::kInt: {
          const bool number = word == "0" || word == "00" || word == "1" || word == "2" || word == "-1";
          const bool fits = number && std::stoll(word) >= entry.low && std::stoll(word) <= entry.high;
          EXPECT_EQ(outcome.accepted, fits) << name << word;
          if (fits) {
            EXPECT_EQ(entry.as_int(outcome.options), std::stoll(word)) << name;
          } else {
            EXPECT_EQ(outcome.messages[0], refused + "a whole number from " + std::to_string(entry.low) +
                                               " to " + std::to_string(entry.high));
          }
          break;
        }
        case OptionKind::kText:
          EXPECT_TRUE(outcome.accepted) << name;
          EXPECT_EQ((outcome.options.*entry.as_text).value, word);
          break;
        case OptionKind::kChoice:
          if (!outcome.accepted) {
            EXPECT_EQ(outcome.messages[0], refused + "one of " + std::string(entry.choices));
          }
          break;
      }
    }
  }
}

TEST(Parse, AWordOutsideTheQuotesIsRefusedAndTheNextPartIsNot) {
  for (const std::string separator : {":", " ", ",", "\n", "\t", "\r"}) {
    Outcome outcome = parsed("log_path='a'b" + separator + "exitcode=4" + separator);
    EXPECT_EQ(outcome.options.exitcode, 4);
    EXPECT_STREQ(outcome.options.log_path.value, "stderr");
    EXPECT_EQ(outcome.messages,
              std::vector<std::string>{"option 'log_path='a'b' has text after the closing quote"});
    outcome = parsed("exitcode=4" + separator + "log_path='" + separator + "'" + separator + "seed=3");
    EXPECT_EQ(outcome.options.log_path.value, separator);
    EXPECT_EQ(outcome.options.seed, 3);
    EXPECT_TRUE(outcome.accepted);
  }
}

}  // namespace
}  // namespace padlock::options
