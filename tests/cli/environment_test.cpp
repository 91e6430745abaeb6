// LD_PRELOAD and PADLOCK_OPTIONS as `padlock run` sets them.
#include "cli/environment.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include "cli/refusal.h"
#include "cli/run.h"
#include "options/options.h"

namespace padlock::cli {
namespace {

std::string refusal(const std::function<void()>& action, Status status) {
  try {
    action();
  } catch (const Refusal& refusal) {
    EXPECT_EQ(refusal.status(), status);
    return refusal.what();
  }
  return "not refused";
}

TEST(Preload, GoesBeforeWhatWasThere) {
  EXPECT_EQ(preload_value("/a/lib.so", ""), "/a/lib.so");
  EXPECT_EQ(preload_value("/a/lib.so", "/b.so"), "/a/lib.so:/b.so");
  EXPECT_EQ(preload_value("/a/lib.so", "/b.so /c.so"), "/a/lib.so:/b.so /c.so");
}

TEST(Preload, IsThereOnce) {
  EXPECT_EQ(preload_value("/a/lib.so", "/a/lib.so"), "/a/lib.so");
  EXPECT_EQ(preload_value("/a/lib.so", "/a/lib.so:/b.so"), "/a/lib.so:/b.so");
  EXPECT_EQ(preload_value("/a/lib.so", "/a/lib.so.1"), "/a/lib.so:/a/lib.so.1");
}

TEST(Preload, RefusesAPathThatTheLoaderWouldSplit) {
  EXPECT_EQ(refusal([] { preload_value("/a b/lib.so", ""); }, Status::kNoLibrary),
            "/a b/lib.so: the loader cannot preload a path with a blank or a colon; move it");
  EXPECT_NE(refusal([] { preload_value("/a:b/lib.so", ""); }, Status::kNoLibrary), "not refused");
}

TEST(OptionsValue, CommandLineComesLast) {
  EXPECT_EQ(options_value("", {}), "");
  EXPECT_EQ(options_value("a=1", {}), "a=1");
  EXPECT_EQ(options_value("a=1", {{"-o", "b=2"}, {"-o", "a=3"}}), "a=1:b=2:a=3");
}

TEST(Pairs, EndWhereAnotherOptionBegins) {
  using Pairs = std::vector<std::string>;
  EXPECT_EQ(pairs_of("check_interval=1"), Pairs{"check_interval=1"});
  EXPECT_EQ(pairs_of("check_interval=1:halt_on_error=0,log_path=a"),
            (Pairs{"check_interval=1", "halt_on_error=0", "log_path=a"}));
  EXPECT_EQ(pairs_of("exclude=make:python3:check_interval=2"),
            (Pairs{"exclude=make:python3", "check_interval=2"}));
  EXPECT_EQ(pairs_of("exclude=a:b=c"), Pairs{"exclude=a:b=c"});
  EXPECT_EQ(pairs_of("log_path=\"a:check_interval=1\":halt_on_error=0"),
            (Pairs{"log_path=\"a:check_interval=1\"", "halt_on_error=0"}));
}

TEST(Pairs, MayBeEmpty) {
  using Pairs = std::vector<std::string>;
  for (const char* const text : {"", ":", " ,\n:"}) EXPECT_EQ(pairs_of(text), Pairs{}) << text;
  for (const char* const text : {"seed=0:", ":seed=0", ",seed=0, ", "::seed=0\n"})
    EXPECT_EQ(pairs_of(text), Pairs{"seed=0"}) << text;
  EXPECT_EQ(pairs_of(":seed=0:: ,exclude=a:b:,seed=1:"), (Pairs{"seed=0", "exclude=a:b", "seed=1"}));
  EXPECT_EQ(pairs_of("exclude=\"a:\":"), Pairs{"exclude=\"a:\""});
}

TEST(OptionsValue, QuotesWhatWouldBeSplit) {
  EXPECT_EQ(quoted_option({"-o", "log_path=/tmp/a.%p"}), "log_path=/tmp/a.%p");
  EXPECT_EQ(quoted_option({"-o", "log_path=/tmp/a b:c"}), "log_path=\"/tmp/a b:c\"");
  EXPECT_EQ(quoted_option({"-o", "log_path=a\"b"}), "log_path='a\"b'");
  EXPECT_EQ(refusal(
                [] {
                  quoted_option({"-o", "log_path='\""});
                },
                Status::kBadUsage),
            "-o: log_path: a value cannot hold both kinds of quotes");
  EXPECT_EQ(refusal(
                [] {
                  quoted_option({"-o", "verbose"});
                },
                Status::kBadUsage),
            "-o: 'verbose' is not of the form key=value");
  EXPECT_EQ(refusal(
                [] {
                  quoted_option({"-o", "=1"});
                },
                Status::kBadUsage),
            "-o: '=1' is not of the form key=value");
}

struct NoErrors final : options::OptionErrors {
  void on_error(std::string_view message) override { FAIL() << message; }
  void on_note(std::string_view message) override { FAIL() << message; }
};

TEST(OptionsValue, IsUnderstoodByTheParser) {
  NoErrors errors;
  options::Options options;
  ASSERT_TRUE(options::parse(
      options_value("verbosity=1", {{"-o", "log_path=/t m/a'b:c"}, {"-o", "verbosity=2"}}), options, errors));
  EXPECT_STREQ(options.log_path.value, "/t m/a'b:c");
  EXPECT_EQ(options.verbosity, 2);
}

TEST(OptionsValue, LeavesQuotesThatAreThere) {
  EXPECT_EQ(quoted_option({"-o", "exclude=\"a:b\""}), "exclude=\"a:b\"");
  EXPECT_EQ(quoted_option({"-o", "exclude='a:b'"}), "exclude='a:b'");
  EXPECT_EQ(quoted_option({"-o", "exclude='a':b"}), "exclude=\"'a':b\"");
  NoErrors errors;
  options::Options options;
  ASSERT_TRUE(options::parse(options_value("", {{"-o", "exclude=\"a:b\""}}), options, errors));
  EXPECT_STREQ(options.exclude.value, "a:b");
}

TEST(OldNames, AreReplacedAndSaid) {
  std::vector<std::string> notes;
  EXPECT_EQ(with_current_names("verbosity=1, seed=2", "here", notes), "verbosity=1, seed=2");
  EXPECT_TRUE(notes.empty());
  EXPECT_EQ(with_current_names("verbosity=1,give_back_after=2 exclude=\"give_back_after=3\"", "here", notes),
            "verbosity=1:give_back_after_s=2:exclude=\"give_back_after=3\"");
  EXPECT_EQ(notes,
            std::vector<std::string>{"here: option 'give_back_after' is now called 'give_back_after_s'"});
}

TEST(FlagsThatChangeNothing, AreLeftOutAndSaid) {
  std::vector<std::string> notes;
  EXPECT_EQ(with_current_names("redzone=16:verbosity=1:quarantine_size_mb=1", "-o", notes),
            "verbosity=1:quarantine_size_mb=1");
  ASSERT_EQ(notes.size(), 1u);
  EXPECT_EQ(notes[0].rfind("-o: option 'redzone' changes nothing here: ", 0), 0u) << notes[0];
}

TEST(CheckOptions, TellsWhereABadOneCameFrom) {
  EXPECT_NO_THROW(check_options("verbosity=2:halt_on_error=0", "here"));
  EXPECT_EQ(refusal([] { check_options("qqqq=1", "PADLOCK_OPTIONS"); }, Status::kBadUsage),
            "PADLOCK_OPTIONS: unknown option 'qqqq'");
  const std::string two = refusal([] { check_options("qqqq=1:wwww=2", "here"); }, Status::kBadUsage);
  EXPECT_EQ(two, "here: unknown option 'qqqq'\nhere: unknown option 'wwww'");
}

TEST(Assignments, SpellTheShortFormsOut) {
  EXPECT_TRUE(assignments({}).empty());
  RunRequest request;
  request.log_path = "/var//log/x.%p";
  request.halt = false;
  request.check_interval = 10;
  request.strict = true;
  request.options = {"verbosity=1"};
  EXPECT_EQ(assignments(request),
            (std::vector<Assignment>{{"--log", "log_path=/var/log/x.%p"},
                                     {"--halt", "halt_on_error=0"},
                                     {"--check-interval", "check_interval=10"},
                                     {"--strict", "guard_all=1"},
                                     {"--strict", fmt::format("guard_share_of={}", ::getpid())},
                                     {"-o", "verbosity=1"}}));
  request = {};
  request.error_exitcode = 3;
  EXPECT_EQ(assignments(request), (std::vector<Assignment>{{"--error-exitcode", "exitcode=3"},
                                                           {"--error-exitcode", "abort_on_error=0"},
                                                           {"--error-exitcode", "leak_exitcode=3"}}));
  request = {};
  request.log_path = "stderr";
  request.halt = true;
  EXPECT_EQ(assignments(request),
            (std::vector<Assignment>{{"--log", "log_path=stderr"}, {"--halt", "halt_on_error=1"}}));
  request.log_path = "";
  EXPECT_EQ(refusal([&] { assignments(request); }, Status::kBadUsage),
            "--log: the name of the file is empty");
  request.log_path = "--";
  EXPECT_EQ(refusal([&] { assignments(request); }, Status::kBadUsage),
            "--log: the name of the file is missing");
}

TEST(AsanOptions, AreTakenWithTheProcessIdBehindTheLog) {
  EXPECT_EQ(assignments_of_asan("log_path=\"/tmp/a b.log\":exitcode=3"),
            (std::vector<Assignment>{{"ASAN_OPTIONS", "log_path=/tmp/a b.log.%p"},
                                     {"ASAN_OPTIONS", "exitcode=3"}}));
  EXPECT_EQ(assignments_of_asan("log_path=stderr"),
            (std::vector<Assignment>{{"ASAN_OPTIONS", "log_path=stderr"}}));
  EXPECT_TRUE(assignments_of_asan("").empty());
}

}  // namespace
}  // namespace padlock::cli
