// Output and endings, seen from the other side of a pipe and of a process.
#include "os/raw_io.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <csignal>
#include <cstdlib>
#include <string>
#include <thread>

namespace padlock::os {
namespace {

std::string read_all(int fd) {
  std::string text;
  char buffer[4096];
  for (ssize_t got = 0; (got = read(fd, buffer, sizeof buffer)) > 0;) {
    text.append(buffer, static_cast<std::size_t>(got));
  }
  return text;
}

TEST(RawIo, WritesMoreThanAPipeHolds) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  std::string got;
  std::thread reader([&] { got = read_all(ends[0]); });
  const std::string text(300'000, 'p');
  EXPECT_TRUE(write_all(ends[1], text));
  close_fd(ends[1]);
  reader.join();
  EXPECT_EQ(got, text);
  EXPECT_FALSE(is_terminal(ends[0]));
  close_fd(ends[0]);
}

TEST(RawIo, WaitsForRoomWhereTheDescriptorDoesNotBlock) {
  int ends[2];
  ASSERT_EQ(pipe2(ends, O_NONBLOCK), 0);
  ASSERT_EQ(fcntl(ends[0], F_SETFL, 0), 0);
  std::string got;
  std::thread reader([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    got = read_all(ends[0]);
  });
  const std::string text(300'000, 'p');
  EXPECT_TRUE(write_all(ends[1], text));
  close_fd(ends[1]);
  reader.join();
  EXPECT_EQ(got, text);
  close_fd(ends[0]);
}

bool is_pending(int signal) {
  sigset_t pending;
  sigpending(&pending);
  return sigismember(&pending, signal) == 1;
}

TEST(RawIo, APipeThatNobodyReadsIsAnErrorAndNoSignal) {
  int ends[2];
  ASSERT_EQ(pipe(ends), 0);
  close_fd(ends[0]);
  EXPECT_FALSE(write_all(ends[1], "x"));  // the default action of SIGPIPE would end the test
  sigset_t broken_pipe;
  sigset_t before;
  sigemptyset(&broken_pipe);
  sigaddset(&broken_pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &broken_pipe, &before);
  EXPECT_FALSE(sigismember(&before, SIGPIPE));
  EXPECT_FALSE(write_all(ends[1], "x"));
  EXPECT_FALSE(is_pending(SIGPIPE));
  raise(SIGPIPE);  // the program's own stays
  EXPECT_FALSE(write_all(ends[1], "x"));
  EXPECT_TRUE(is_pending(SIGPIPE));
  int taken = 0;
  sigwait(&broken_pipe, &taken);
  pthread_sigmask(SIG_SETMASK, &before, nullptr);
  close_fd(ends[1]);
}

TEST(RawIo, ErrorsAreToldAndErrnoKept) {
  errno = 77;
  EXPECT_FALSE(write_all(-1, "x"));
  EXPECT_EQ(open_for_append("/nonexistent/file"), -1);
  close_fd(-1);
  EXPECT_FALSE(is_terminal(-1));
  EXPECT_EQ(errno, 77);
}

TEST(RawIo, AppendsAndClosesOnExec) {
  std::string path = testing::TempDir() + "raw_io_test_XXXXXX";
  close_fd(mkstemp(path.data()));
  for (const char* part : {"one,", "two"}) {
    const int fd = open_for_append(path.c_str());
    ASSERT_GE(fd, 0);
    EXPECT_EQ(fcntl(fd, F_GETFD), FD_CLOEXEC);
    EXPECT_TRUE(write_all(fd, part));
    close_fd(fd);
  }
  const int fd = open(path.c_str(), O_RDONLY);
  EXPECT_EQ(read_all(fd), "one,two");
  close_fd(fd);
  unlink(path.c_str());
}

TEST(RawIo, AMasterOfAPseudoTerminalIsATerminal) {
  const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
  ASSERT_GE(terminal, 0);
  EXPECT_TRUE(is_terminal(terminal));
  close_fd(terminal);
}

TEST(RawIoDeathTest, ExitNowRunsNoHandlers) {
  const auto leave = [] {
    std::atexit([] { _exit(1); });
    exit_now(42);
  };
  EXPECT_EXIT(leave(), testing::ExitedWithCode(42), "^$");
}

TEST(RawIoDeathTest, AbortNowRunsTheProgramsHandlerAndEndsAllTheSame) {
  const auto leave = [] {
    std::signal(SIGABRT, [](int) { write_all(2, "handler\n"); });
    sigset_t set;
    sigfillset(&set);
    sigprocmask(SIG_SETMASK, &set, nullptr);
    abort_now();
  };
  EXPECT_EXIT(leave(), testing::KilledBySignal(SIGABRT), "^handler\n$");
}

}  // namespace
}  // namespace padlock::os
