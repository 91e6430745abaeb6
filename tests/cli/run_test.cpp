// `padlock run` on real files: what it runs and what it explains.
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "arch/elf.h"
#include "base/file_mark.h"
#include "cli/elf_builder.h"

namespace padlock::cli {
namespace {

namespace fs = std::filesystem;

struct Outcome {
  int status = -1;  // exit status, or -signal
  std::string out;
  std::string err;
};

std::string contents(const fs::path& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

class Run : public testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(root_);
    setenv("PADLOCK_LIBRARY", PADLOCK_PROBE, 1);
    for (const char* name : {"LD_PRELOAD", "PADLOCK_OPTIONS", "PROBE"}) unsetenv(name);
  }
  void TearDown() override { fs::remove_all(root_); }

  Outcome padlock(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), PADLOCK_COMMAND);
    const pid_t child = fork();
    if (child == 0) {
      std::freopen((root_ / "out").c_str(), "w", stdout);
      std::freopen((root_ / "err").c_str(), "w", stderr);
      std::vector<char*> raw;
      for (std::string& argument : arguments) raw.push_back(argument.data());
      raw.push_back(nullptr);
      execv(raw[0], raw.data());
      _exit(99);
    }
    int status = 0;
    waitpid(child, &status, 0);
    return {WIFSIGNALED(status) ? -WTERMSIG(status) : WEXITSTATUS(status), contents(root_ / "out"),
            contents(root_ / "err")};
  }
  Outcome run(std::vector<std::string> command) {
    command.insert(command.begin(), {"run", "--"});
    return padlock(command);
  }

  std::string put(const char* name, const std::string& text, mode_t mode = 0755) {
    const fs::path path = root_ / name;
    std::ofstream(path) << text;
    chmod(path.c_str(), mode);
    return path;
  }
  std::string copy_of_true(const char* name, mode_t mode) {
    const fs::path path = root_ / name;
    fs::copy_file("/bin/true", path, fs::copy_options::overwrite_existing);
    chmod(path.c_str(), mode);
    return path;
  }
  static std::string text_of(const std::vector<std::byte>& bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
  }
  // One line on stderr, nothing on stdout, and that status.
  void expect_refused(const Outcome& outcome, int status, const std::string& line) {
    EXPECT_EQ(outcome.status, status);
    EXPECT_EQ(outcome.err, "padlock: " + line + "\n");
    EXPECT_EQ(outcome.out, "");
  }

  fs::path root_ = fs::temp_directory_path() / ("padlock_run." + std::to_string(getpid()));
};

TEST_F(Run, PreloadsTheLibraryAndHandsTheOptionsOn) {
  setenv("PROBE", "1", 1);
  setenv("PADLOCK_OPTIONS", "verbosity=1", 1);
  const Outcome outcome = padlock({"run", "-o", "verbosity=0", "--no-halt", "--check-interval", "5", "true"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err,
            "probe loaded, options 'verbosity=1:halt_on_error=0:check_interval=5:verbosity=0'\n");
}

TEST_F(Run, AsksForLeaksByTheRulesOfAFile) {
  setenv("PROBE", "1", 1);
  const std::string rules = put("rules", "# ours\nleak:libfoo.so\n");
  const Outcome outcome = padlock({"run", "--leaks", "--suppressions", rules, "true"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err, "probe loaded, options 'detect_leaks=1:suppressions=" + rules + "'\n");
}

TEST_F(Run, RulesThatCannotBeFollowedHoweverTheyAreNamed) {
  const std::string rules = put("rules", "leek:a\n");
  expect_refused(padlock({"run", "-o", "suppressions=/no/such", "true"}), 125,
                 "suppressions: /no/such cannot be read, or is empty");
  EXPECT_EQ(padlock({"run", "-o", "suppressions=" + rules, "true"}).status, 125);
  setenv("PADLOCK_OPTIONS", ("suppressions=" + rules).c_str(), 1);
  EXPECT_EQ(padlock({"run", "true"}).status, 125);
  EXPECT_EQ(padlock({"run", "-o", "suppressions=", "true"}).status, 0);  // the last one counts
}

TEST_F(Run, RulesThatCannotBeFollowed) {
  expect_refused(padlock({"run", "--suppressions", "/no/such", "true"}), 125,
                 "--suppressions: /no/such cannot be read, or is empty");
  const std::string rules = put("rules", "leak:libfoo.so\nlek:x\n");
  const Outcome outcome = padlock({"run", "--suppressions", rules, "true"});
  EXPECT_EQ(outcome.status, 125);
  EXPECT_NE(outcome.err.find("line 2"), std::string::npos) << outcome.err;
}

TEST_F(Run, KeepsAnExistingPreload) {
  setenv("LD_PRELOAD", "libm.so.6", 1);
  const Outcome outcome = run({"sh", "-c", "echo $LD_PRELOAD"});
  EXPECT_EQ(outcome.out, std::string(PADLOCK_PROBE) + ":libm.so.6\n");
}

TEST_F(Run, SaysWhereAProgramWillNotBeGuarded) {
  const Outcome outcome = run({"env", "-i", "PROBE=1", "/bin/true"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_TRUE(outcome.err.starts_with("padlock: note: env takes LD_PRELOAD away, "));
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 1);
  EXPECT_EQ(run({"env", "true"}).err, "");
}

TEST_F(Run, PassesArgumentsOnUntouched) {
  EXPECT_EQ(run({"printf", "%s|", "--log", "--", "a b", "-o", ""}).out, "--log|--|a b|-o||");
}

TEST_F(Run, PassesExitStatusAndSignalOn) {
  EXPECT_EQ(run({"true"}).status, 0);
  EXPECT_EQ(run({"sh", "-c", "exit 7"}).status, 7);
  EXPECT_EQ(run({"sh", "-c", "kill -TERM $$"}).status, -SIGTERM);
}

TEST_F(Run, IsTheProgramItself) {
  const Outcome outcome = run({"sh", "-c", "echo $PPID"});
  EXPECT_EQ(outcome.out, std::to_string(getpid()) + "\n");
}

TEST_F(Run, RunsScripts) {
  EXPECT_EQ(run({put("script", "#!/bin/sh\necho \"$1\"\n"), "x y"}).out, "x y\n");
  EXPECT_EQ(run({put("bare", "echo \"$1\"\n"), "x y"}).out, "x y\n");
}

TEST_F(Run, MissingProgram) {
  expect_refused(run({"no_such_program_at_all"}), 127, "no_such_program_at_all was not found along PATH");
  expect_refused(run({"/no/such/program"}), 127, "/no/such/program does not exist");
}

TEST_F(Run, FileThatCannotBeExecuted) {
  const std::string plain = put("plain", "x", 0644);
  expect_refused(run({plain}), 126, plain + " is not executable (chmod +x it?)");
  expect_refused(run({root_}), 126, root_.string() + " is a directory");
  const std::string binary = put("binary", std::string("MZ\0\1", 4));
  expect_refused(run({binary}), 126, binary + " is neither an ELF program nor a script");
  const std::string damaged = put("damaged", "\177ELF\2\1");
  expect_refused(run({damaged}), 126, damaged + " is a damaged ELF file");
}

TEST_F(Run, ScriptWhoseInterpreterIsMissing) {
  const std::string script = put("script", "#!/no/such/interpreter -x\n");
  expect_refused(run({script}), 127, script + " is a script for /no/such/interpreter, which does not exist");
}

TEST_F(Run, ScriptOfAProgramThatCannotWork) {
  const std::string script = put("script", std::string("#!") + PADLOCK_STATIC + "\n");
  EXPECT_EQ(run({script}).status, 123);
}

TEST_F(Run, StaticProgram) {
  expect_refused(run({PADLOCK_STATIC}), 123,
                 std::string(PADLOCK_STATIC) +
                     " is statically linked, so nothing can be preloaded; link libpadlock.a into it");
}

TEST_F(Run, StaticProgramWithPadlock) {
  const FileMark mark;
  const std::string notes(reinterpret_cast<const char*>(&mark), sizeof mark);
  const std::string program = put("guarded", text_of(ElfBuilder().notes(notes).build()));
  expect_refused(run({program}), 123,
                 program + " is statically linked, with libpadlock.a: it is guarded as it is");
}

TEST_F(Run, SanitizedProgram) {
  expect_refused(run({PADLOCK_SANITIZED}), 120,
                 std::string(PADLOCK_SANITIZED) +
                     " is built with AddressSanitizer, which has an allocator of its own; build it without");
}

TEST_F(Run, ProgramOfAnotherArchitecture) {
  auto bytes = ElfBuilder().loader("/lib/ld-linux.so.2").build();
  bytes[EI_CLASS] = std::byte{ELFCLASS32};
  bytes[18] = std::byte{EM_386};
  const std::string program = put("small", text_of(bytes));
  expect_refused(run({program}), 121, program + " is a 32-bit x86 program; this Padlock is for 64-bit x86");
}

TEST_F(Run, ProgramOfAnotherLibc) {
  const std::string program = put("musl", text_of(ElfBuilder().loader("/lib/ld-musl-x86_64.so.1").build()));
  expect_refused(run({program}), 119,
                 program + " is loaded by /lib/ld-musl-x86_64.so.1, but Padlock needs the GNU C library");
}

TEST_F(Run, SetUserIdProgramOfAnotherUser) {
  if (getuid() != 0) GTEST_SKIP() << "only root can give a file away";
  const std::string program = copy_of_true("setuid", 0755);
  ASSERT_EQ(chown(program.c_str(), 65534, 65534), 0);
  chmod(program.c_str(), 04755);
  expect_refused(run({program}), 122,
                 program +
                     " is set-user-ID (to user 65534), so the loader ignores LD_PRELOAD; run a copy without "
                     "that privilege");
}

TEST_F(Run, SetUserIdProgramOfOneself) {
  const std::string program = copy_of_true("setuid", 04755);
  const Outcome outcome = run({program});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err,
            "padlock: note: " + program +
                " is set-user-ID, set-group-ID or has capabilities: it gains nothing by them from this "
                "user, so Padlock works; from others the loader would ignore Padlock\n");
}

TEST_F(Run, LibraryThatCannotBeUsed) {
  setenv("PADLOCK_LIBRARY", "/no/such/library.so", 1);
  expect_refused(run({"true"}), 124, "cannot use the library /no/such/library.so: No such file or directory");
  const std::string text = put("text.so", "x");
  setenv("PADLOCK_LIBRARY", text.c_str(), 1);
  expect_refused(run({"true"}), 124, text + " is not a 64-bit x86 library");
  setenv("PADLOCK_LIBRARY", PADLOCK_OTHER_LIBRARY, 1);
  expect_refused(run({"true"}), 124, std::string(PADLOCK_OTHER_LIBRARY) + " is not Padlock's library");
  setenv("PADLOCK_LIBRARY", root_.c_str(), 1);
  expect_refused(run({"true"}), 124, "cannot read the library " + root_.string());
}

TEST_F(Run, BadOptionBeforeAnythingStarts) {
  expect_refused(padlock({"run", "-o", "qqqq=1", "true"}), 125, "-o: unknown option 'qqqq'");
  setenv("PADLOCK_OPTIONS", "qqqq=1", 1);
  expect_refused(run({"true"}), 125, "PADLOCK_OPTIONS: unknown option 'qqqq'");
  unsetenv("PADLOCK_OPTIONS");
  expect_refused(padlock({"run", "-o", "qqqq", "true"}), 125, "-o: 'qqqq' is not of the form key=value");
  expect_refused(
      padlock({"run", "--check-interval", "-3", "true"}), 125,
      "--check-interval: option 'check_interval': '-3' is not a whole number from 0 to 1000000000");
}

TEST_F(Run, OldNamesAreSaidOnceAndReplaced) {
  setenv("PROBE", "1", 1);
  setenv("PADLOCK_OPTIONS", "give_back_after=5", 1);
  const Outcome outcome = padlock({"run", "-o", "quarantine_percent=7", "true"});
  EXPECT_EQ(outcome.status, 0);
  EXPECT_EQ(outcome.err,
            "padlock: note: -o: option 'quarantine_percent' is now called 'arena_quarantine_percent'\n"
            "padlock: note: PADLOCK_OPTIONS: option 'give_back_after' is now called 'give_back_after_s'\n"
            "probe loaded, options 'give_back_after_s=5:arena_quarantine_percent=7'\n");
}

TEST_F(Run, UnknownSubcommand) {
  expect_refused(
      padlock({"foo", "bar"}), 125,
      "unknown subcommand 'foo'; there are run, pinpoint, symbolize, report and options (a program: "
      "padlock run -- foo)");
}

TEST_F(Run, EveryLineAboutBadUsageBeginsWithTheCommand) {
  const std::string run = " (see: padlock run --help)";
  expect_refused(
      padlock({}), 125,
      "a subcommand is missing: run, pinpoint, symbolize, report or options (see: padlock --help)");
  expect_refused(padlock({"--nonsense"}), 125, "unknown option '--nonsense' (see: padlock --help)");
  expect_refused(padlock({"run"}), 125, "run: a program to run is required" + run);
  expect_refused(padlock({"run", "--nonsense", "true"}), 125,
                 "run: unknown option, or too many arguments: '--nonsense'" + run);
  expect_refused(padlock({"run", "--check-interval", "often", "true"}), 125,
                 "run: Could not convert: --check-interval = often" + run);
  expect_refused(padlock({"run", "--log"}), 125, "run: --log: its value is missing" + run);
  expect_refused(
      padlock({"options", "one", "two"}), 125,
      "options: unknown option, or too many arguments: 'one', 'two' (see: padlock options --help)");
  expect_refused(padlock({"report", "--sarif"}), 125,
                 "report: REPORT is required (see: padlock report --help)");
  expect_refused(padlock({"report", "--sarif", "--html", "-"}), 125,
                 "report: Exactly 1 option from [--sarif,--html,--junit] is required and 2 were given (see: "
                 "padlock report --help)");
  expect_refused(padlock({"pinpoint", "--runs", "1", "--", "true"}), 125,
                 "pinpoint: --runs: Value 1 not in range 2 to 1000 (see: padlock pinpoint --help)");
  expect_refused(padlock({"run", "-o", "one=1", "-o", "halt_on_error=2:two=2", "true"}), 125,
                 "-o: unknown option 'one'");
}

TEST_F(Run, EveryLineOfSeveralBeginsWithTheCommand) {
  const std::string rules = put("rules", "nothing\nto see\n");
  const Outcome outcome = padlock({"run", "--suppressions", rules, "true"});
  EXPECT_EQ(outcome.status, 125);
  EXPECT_EQ(std::count(outcome.err.begin(), outcome.err.end(), '\n'), 2);
  std::istringstream lines(outcome.err);
  for (std::string line; std::getline(lines, line);)
    EXPECT_TRUE(line.starts_with("padlock: " + rules + ": ")) << line;
}

TEST_F(Run, ReportReadsLogsAlone) {
  const std::string text = put("text", "==1==ERROR: Padlock: double-free: of a 1-byte block\n");
  expect_refused(
      padlock({"report", "--sarif", text}), 125,
      text + ": its reports are text; needed are those that json_path=FILE or report_format=json writes");
  const std::string program = copy_of_true("program", 0755);
  for (const char* form : {"--sarif", "--html", "--junit"})
    expect_refused(padlock({"report", form, program}), 125, program + ": is binary, no log with reports");
  expect_refused(padlock({"symbolize", program}), 125, program + ": is binary, no log with reports");
  const std::string other = put("other", "int main(void) { return 0; }\n");
  const Outcome noted = padlock({"report", "--html", other});
  EXPECT_EQ(noted.status, 0);
  EXPECT_EQ(noted.err, "padlock: note: no report found in " + other + "\n");
  const Outcome empty = padlock({"report", "--html", put("empty", "")});
  EXPECT_EQ(empty.status, 0);
  EXPECT_EQ(empty.err, "");
}

TEST_F(Run, PinpointNeedsAFolderForItsNotes) {
  setenv("TMPDIR", "/no/such/folder", 1);
  const Outcome outcome = padlock({"pinpoint", "--", "true"});
  unsetenv("TMPDIR");
  expect_refused(outcome, 118,
                 "there is no room for notes: TMPDIR: No such file or directory (another folder: TMPDIR)");
}

TEST_F(Run, TellsItsVersionAndOptions) {
  EXPECT_EQ(padlock({"--version"}).out, "padlock " PADLOCK_VERSION "\n");
  EXPECT_NE(padlock({"options"}).out.find("\n  halt_on_error=1 "), std::string::npos);
  EXPECT_EQ(padlock({"options", "--markdown"}).out.substr(0, 10), "# Options\n");
  EXPECT_EQ(padlock({"run", "--help"}).status, 0);
  EXPECT_NE(padlock({"run", "--help"}).out.find(std::string("it is not a ") + arch::kName + " program"),
            std::string::npos);
}

}  // namespace
}  // namespace padlock::cli
