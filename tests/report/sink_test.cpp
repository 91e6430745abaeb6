// The sink: files, fall-backs, colours and endings, through real descriptors.
#include "report/sink.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

#include "os/file_lock.h"

namespace padlock::report {
namespace {

namespace fs = std::filesystem;

class Folder {
 public:
  Folder() {
    char name[] = "/tmp/padlock_sink_XXXXXX";
    path_ = mkdtemp(name);
  }
  ~Folder() { fs::remove_all(path_); }
  Folder(const Folder&) = delete;
  Folder& operator=(const Folder&) = delete;
  [[nodiscard]] std::string file(const std::string& name) const { return (path_ / name).string(); }

 private:
  fs::path path_;
};

std::string written_to(const std::string& path) {
  std::ostringstream text;
  text << std::ifstream(path).rdbuf();
  return text.str();
}

options::Options with_log(const std::string& path) {
  options::Options options;
  std::strncpy(options.log_path.value, path.c_str(), sizeof options.log_path.value - 1);
  return options;
}

std::string expanded(std::string_view path, std::int32_t process) {
  char buffer[128];
  TextWriter out(buffer);
  expand_log_path(path, process, out);
  return std::string(out.view());
}

TEST(ExpandLogPath, ReplacesTheProcessIdEverywhere) {
  EXPECT_EQ(expanded("/tmp/a.%p.b.%p", 42), "/tmp/a.42.b.42");
  EXPECT_EQ(expanded("plain", 42), "plain");
  EXPECT_EQ(expanded("100%%p %q %", 42), "100%p %q %");
  EXPECT_EQ(expanded("", 42), "");
}

TEST(Sink, WritesToStderrUnlessToldOtherwise) {
  Sink sink;
  testing::internal::CaptureStderr();
  sink.write("report\n", 1);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "report\n");
}

TEST(Sink, WritesToStdout) {
  Sink sink;
  sink.configure(with_log("stdout"));
  testing::internal::CaptureStdout();
  sink.write("report\n", 1);
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "report\n");
}

TEST(Sink, AppendsToAFileOfTheProcess) {
  const Folder folder;
  Sink sink;
  sink.configure(with_log(folder.file("log.%p")));
  sink.write("one\n", 7);
  sink.write("two\n", 7);
  sink.write("child\n", 8);
  EXPECT_EQ(written_to(folder.file("log.7")), "one\ntwo\n");
  EXPECT_EQ(written_to(folder.file("log.8")), "child\n");
}

TEST(Sink, FallsBackToStderrAndSaysSoOnce) {
  const Folder folder;
  Sink sink;
  sink.configure(with_log(folder.file("missing/log")));
  testing::internal::CaptureStderr();
  sink.write("one\n", 7);
  sink.write("two\n", 7);
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "==7==WARNING: Padlock: cannot write to log_path '" +
                                                        folder.file("missing/log") +
                                                        "': reports go to stderr\none\ntwo\n");
}

// As long a path as wanted, of folders that are there.
std::string long_folder(const Folder& folder, std::size_t length) {
  std::string path = folder.file("d");
  while (path.size() + 1 < length) {
    path.append(std::min<std::size_t>(40, length - 1 - path.size()), 'd');
    fs::create_directory(path);
    path += '/';
  }
  return path;
}

// A name that does not fit with the process's id in it is no name: nothing is written to what is left of it.
TEST(Sink, ANameThatGrowsTooLongIsNoFile) {
  const Folder folder;
  const std::string begin = long_folder(folder, 400);
  std::string path = begin;
  for (int i = 0; i < 24; ++i) path += "%p";
  const int input = dup(0);
  const int file = open(folder.file("input").c_str(), O_RDWR | O_CREAT, 0600);
  ASSERT_EQ(dup2(file, 0), 0);
  Sink sink;
  sink.configure(with_log(path));
  testing::internal::CaptureStderr();
  sink.write("one\n", 1234567890);
  const std::string said = testing::internal::GetCapturedStderr();
  dup2(input, 0);
  close(input);
  close(file);
  EXPECT_EQ(written_to(folder.file("input")), "") << "nor to any other descriptor";
  EXPECT_TRUE(said.starts_with("==1234567890==WARNING: Padlock: cannot write to log_path '" + begin)) << said;
  EXPECT_TRUE(said.ends_with("one\n")) << said;
  EXPECT_TRUE(fs::is_empty(begin));
}

// The longest name that an option takes, in folders.
TEST(Sink, TheLongestNameIsOpened) {
  const Folder folder;
  std::string path = long_folder(folder, 450);
  path.append(sizeof options::Text::value - 1 - path.size(), 'f');
  Sink sink;
  sink.configure(with_log(path));
  sink.write("one\n", 7);
  EXPECT_EQ(written_to(path), "one\n");
}

// As in a program that has closed its standard input.
TEST(SinkDeathTest, AFileMayHaveTheNumberZero) {
  const Folder folder;
  const auto leave = [&](bool json) {
    options::Options options = with_log(folder.file("log"));
    std::strncpy(options.json_path.value, folder.file("json").c_str(), sizeof options.json_path.value - 1);
    Sink sink;
    sink.configure(options);
    close(0);
    {
      const Sink::Piece piece(sink, 7, 1000);  // takes the number
      if (fcntl(0, F_GETFD) < 0) _exit(2);
      const int other = open(folder.file("log").c_str(), O_WRONLY | O_APPEND);
      if (os::try_lock_file(other) != os::FileLock::kBusy) _exit(3);
      close(other);
    }
    if (fcntl(0, F_GETFD) >= 0) _exit(4);
    json ? sink.write_json("{}\n", 7, 1000) : sink.write("one\n", 7);
    _exit(fcntl(0, F_GETFD) < 0 ? 0 : 5);
  };
  EXPECT_EXIT(leave(false), testing::ExitedWithCode(0), "^$");
  EXPECT_EXIT(leave(true), testing::ExitedWithCode(0), "^$");
  EXPECT_EQ(written_to(folder.file("log")), "one\n");
  EXPECT_EQ(written_to(folder.file("json")), "{}\n");
}

TEST(Sink, FullDiskFallsBackToStderr) {
  if (access("/dev/full", W_OK) != 0) GTEST_SKIP() << "no /dev/full here";
  Sink sink;
  sink.configure(with_log("/dev/full"));
  testing::internal::CaptureStderr();
  sink.write("one\n", 7);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "==7==WARNING: Padlock: cannot write to log_path '/dev/full': reports go to stderr\none\n");
}

TEST(Sink, AFifoThatNobodyReadsFallsBackToStderr) {
  const Folder folder;
  const std::string fifo = folder.file("fifo");
  ASSERT_EQ(mkfifo(fifo.c_str(), 0600), 0);
  Sink sink;
  sink.configure(with_log(fifo));
  testing::internal::CaptureStderr();
  sink.write("one\n", 7);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "==7==WARNING: Padlock: cannot write to log_path '" + fifo + "': reports go to stderr\none\n");
}

TEST(SinkDeathTest, AFileThatMayNotGrowFallsBackToStderr) {
  const Folder folder;
  const auto leave = [&] {
    int errors[2];
    const rlimit none = {0, 0};
    if (pipe(errors) != 0 || dup2(errors[1], 2) != 2 || setrlimit(RLIMIT_FSIZE, &none) != 0) _exit(1);
    Sink sink;
    sink.configure(with_log(folder.file("log")));
    sink.write("one\n", 7);
    char text[2000];
    const ssize_t size = read(errors[0], text, sizeof text);
    _exit(size > 0 && std::string_view(text, static_cast<std::size_t>(size)).ends_with("stderr\none\n") ? 0
                                                                                                        : 2);
  };
  EXPECT_EXIT(leave(), testing::ExitedWithCode(0), "");
}

TEST(Sink, ReportsOfOneProcessWaitForThoseOfAnother) {
  const Folder folder;
  Sink sink;
  sink.configure(with_log(folder.file("log")));
  int begun[2];
  ASSERT_EQ(pipe(begun), 0);
  const pid_t child = fork();
  if (child == 0) {
    const Sink::Piece piece(sink, 1, 60'000);
    sink.write("child begins\n", 1);
    if (write(begun[1], "", 1) != 1) _exit(1);
    usleep(20'000);
    sink.write("child ends\n", 1);
    _exit(0);
  }
  char byte = 0;
  ASSERT_EQ(read(begun[0], &byte, 1), 1);
  {
    const Sink::Piece piece(sink, 2, 60'000);
    sink.write("parent\n", 2);
  }
  EXPECT_EQ(written_to(folder.file("log")), "child begins\nchild ends\nparent\n");
  EXPECT_EQ(waitpid(child, nullptr, 0), child);
  close(begun[0]);
  close(begun[1]);
}

// A lock that nobody gives back keeps a report waiting, but loses none.
TEST(Sink, AReportWaitsNoLongerThanItsPatience) {
  const Folder folder;
  const std::string path = folder.file("log");
  Sink sink;
  options::Options options = with_log(path);
  std::strncpy(options.json_path.value, path.c_str(), sizeof options.json_path.value - 1);
  sink.configure(options);
  const Sink::Piece other(sink, 1, 0);
  for (const std::int64_t patience : {0, 5}) {
    const Sink::Piece piece(sink, 2, patience);
    sink.write("report\n", 2);
    sink.write_json("{}\n", 2, patience);
  }
  EXPECT_EQ(written_to(path), "report\n{}\nreport\n{}\n");
}

// Of JSON, which has a file and a lock of its own.
TEST(Sink, LinesOfJsonWaitForThoseOfAnotherProcess) {
  const Folder folder;
  const std::string path = folder.file("json");
  options::Options options;
  std::strncpy(options.json_path.value, path.c_str(), sizeof options.json_path.value - 1);
  Sink sink;
  sink.configure(options);
  int begun[2];
  ASSERT_EQ(pipe(begun), 0);
  const pid_t child = fork();
  if (child == 0) {
    const int file = open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND, 0600);
    if (os::try_lock_file(file) != os::FileLock::kTaken || write(begun[1], "", 1) != 1) _exit(1);
    usleep(20'000);
    _exit(write(file, "child\n", 6) == 6 ? 0 : 1);
  }
  char byte = 0;
  ASSERT_EQ(read(begun[0], &byte, 1), 1);
  sink.write_json("parent\n", 2, 60'000);
  EXPECT_EQ(written_to(path), "child\nparent\n");
  int status = 1;
  EXPECT_EQ(waitpid(child, &status, 0), child);
  EXPECT_EQ(status, 0);
  close(begun[0]);
  close(begun[1]);
}

// Which of the standard streams is locked, from another process's point of view.
TEST(Sink, TheStreamThatIsWrittenToIsLocked) {
  const Folder folder;
  const auto locked = [&](const char* log) {
    const pid_t child = fork();
    if (child == 0) {
      for (const int number : {1, 2}) {
        const int file = open(folder.file(std::to_string(number)).c_str(), O_RDWR | O_CREAT, 0600);
        if (dup2(file, number) != number) _exit(9);
      }
      Sink sink;
      sink.configure(with_log(log));
      const Sink::Piece piece(sink, 1, 0);
      int found = 0;
      const pid_t asks = fork();
      if (asks == 0) {
        for (const int number : {1, 2})
          found += os::try_lock_stream(number) == os::FileLock::kBusy ? number : 0;
        _exit(found);
      }
      if (waitpid(asks, &found, 0) != asks) _exit(9);
      _exit(WEXITSTATUS(found));
    }
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return WEXITSTATUS(status);
  };
  EXPECT_EQ(locked("stdout"), 1);
  EXPECT_EQ(locked("stderr"), 2);
  EXPECT_EQ(locked(""), 2);
  EXPECT_EQ(locked(folder.file("log").c_str()), 0);
}

TEST(Sink, StyleIsThatOfTheOptions) {
  for (const bool summary : {false, true}) {
    for (const bool halts : {false, true}) {
      for (const int length : {0, 1, 3}) {
        options::Options options;
        options.print_summary = summary;
        options.halt_on_error = halts;
        options.dedup_token_length = length;
        Sink sink;
        sink.configure(options);
        EXPECT_EQ(sink.style().summary, summary);
        EXPECT_EQ(sink.style().ends_process, halts);
        EXPECT_EQ(sink.style().dedup_token_length, static_cast<std::size_t>(length));
      }
    }
  }
}

TEST(Sink, ColoursAreTakenFromTheOption) {
  const Folder folder;
  options::Options options = with_log(folder.file("log"));
  Sink sink;
  sink.configure(options);
  EXPECT_FALSE(sink.style().color);
  options.color = options::Color::kAlways;
  sink.configure(options);
  EXPECT_TRUE(sink.style().color);
  options.color = options::Color::kNever;
  sink.configure(options);
  EXPECT_FALSE(sink.style().color);
}

TEST(Sink, AutomaticColoursNeedATerminal) {
  Sink sink;
  testing::internal::CaptureStderr();  // a file
  EXPECT_FALSE(sink.style().color);
  testing::internal::GetCapturedStderr();
}

// 1: colours on standard output, 2: on standard error, 4: in a file.
int coloured_on_a_terminal(const std::string& file) {
  const int controller = posix_openpt(O_RDWR | O_NOCTTY);
  if (controller < 0 || grantpt(controller) != 0 || unlockpt(controller) != 0) return 8;
  const int terminal = open(ptsname(controller), O_RDWR | O_NOCTTY);
  if (terminal < 0) return 8;
  int coloured = 0;
  int bit = 1;
  for (const std::string& log : {std::string("stdout"), std::string("stderr"), file}) {
    const int number = log == "stdout" ? 1 : 2;
    const int before = dup(number);
    dup2(terminal, number);
    Sink sink;
    sink.configure(with_log(log));
    coloured += sink.style().color ? bit : 0;
    bit *= 2;
    dup2(before, number);
    close(before);
  }
  close(terminal);
  close(controller);
  return coloured;
}

TEST(Sink, AutomaticColoursAreForATerminalAlone) {
  const Folder folder;
  const int coloured = coloured_on_a_terminal(folder.file("log"));
  if (coloured == 8) GTEST_SKIP() << "no terminal here";
  EXPECT_EQ(coloured, 3);
}

TEST(Sink, EndingFollowsTheOptions) {
  options::Options options;
  Sink sink;
  EXPECT_EQ(sink.ending(), Ending::kAbort);
  options.abort_on_error = false;
  sink.configure(options);
  EXPECT_EQ(sink.ending(), Ending::kExit);
  options.halt_on_error = false;
  sink.configure(options);
  EXPECT_EQ(sink.ending(), Ending::kGoOn);
  sink.end_process();
}

TEST(SinkDeathTest, AbortsOrExitsAsTold) {
  Sink sink;
  EXPECT_EXIT(sink.end_process(), testing::KilledBySignal(SIGABRT), "");
  options::Options options;
  options.abort_on_error = false;
  options.exitcode = 33;
  sink.configure(options);
  EXPECT_EXIT(sink.end_process(), testing::ExitedWithCode(33), "");
}

}  // namespace
}  // namespace padlock::report
