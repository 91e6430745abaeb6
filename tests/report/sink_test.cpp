// The sink: files, fall-backs, colours and endings, through real descriptors.
#include "report/sink.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>

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
  options::TextWriter out(buffer);
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

TEST(Sink, FullDiskFallsBackToStderr) {
  if (access("/dev/full", W_OK) != 0) GTEST_SKIP() << "no /dev/full here";
  Sink sink;
  sink.configure(with_log("/dev/full"));
  testing::internal::CaptureStderr();
  sink.write("one\n", 7);
  EXPECT_EQ(testing::internal::GetCapturedStderr(),
            "==7==WARNING: Padlock: cannot write to log_path '/dev/full': reports go to stderr\none\n");
}

TEST(Sink, ColoursAreTakenFromTheOption) {
  const Folder folder;
  options::Options options = with_log(folder.file("log"));
  Sink sink;
  sink.configure(options);
  EXPECT_FALSE(sink.style().color);
  std::strcpy(options.color.value, "always");
  sink.configure(options);
  EXPECT_TRUE(sink.style().color);
  std::strcpy(options.color.value, "never");
  sink.configure(options);
  EXPECT_FALSE(sink.style().color);
}

TEST(Sink, AutomaticColoursNeedATerminal) {
  Sink sink;
  testing::internal::CaptureStderr();  // a file
  EXPECT_FALSE(sink.style().color);
  testing::internal::GetCapturedStderr();
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
