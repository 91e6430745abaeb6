// Bare system calls, the auxiliary vector and the vDSO.
#include "os/system_call.h"

#include <elf.h>
#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/auxv.h>
#include <unistd.h>

#include <cerrno>
#include <ctime>

#include "os/process.h"
#include "os/start_data.h"
#include "os/vdso.h"

namespace padlock::os {
namespace {

TEST(SystemCall, ReturnsTheKernelsValue) {
  const SystemResult result = system_call(SYS_getpid);
  EXPECT_TRUE(result.ok());
  EXPECT_EQ(result.value(), getpid());
  EXPECT_EQ(result.error(), 0);
}

TEST(SystemCall, ErrorsAreNumbersAndErrnoIsKept) {
  errno = 77;
  const SystemResult result = system_call(SYS_close, -1);
  EXPECT_FALSE(result.ok());
  EXPECT_EQ(result.error(), EBADF);
  EXPECT_EQ(result.value_or(5), 5);
  EXPECT_EQ(result.address(), nullptr);
  EXPECT_EQ(errno, 77);
}

TEST(SystemCall, TheBoundaryOfErrors) {
  EXPECT_FALSE(SystemResult(-4095).ok());
  EXPECT_TRUE(SystemResult(-4096).ok());
  EXPECT_FALSE(SystemResult(-1).ok());
  EXPECT_TRUE(SystemResult(0).ok());
}

TEST(SystemCall, PassesSixArguments) {
  int ends[2] = {};
  ASSERT_EQ(pipe(ends), 0);
  ASSERT_EQ(write(ends[1], "abc", 3), 3);
  int copies[2] = {};
  ASSERT_EQ(pipe(copies), 0);
  const SystemResult moved =
      system_call(SYS_splice, ends[0], nullptr, copies[1], nullptr, 2, SPLICE_F_NONBLOCK);
  EXPECT_EQ(moved.value(), 2);
  for (const int fd : {ends[0], ends[1], copies[0], copies[1]}) close(fd);
}

TEST(StartData, FindsTheAuxiliaryVector) {
  const unsigned long types[] = {AT_PAGESZ, AT_BASE, AT_ENTRY, AT_RANDOM, AT_SYSINFO_EHDR, AT_PHNUM};
  for (const unsigned long type : types) {
    EXPECT_EQ(auxiliary_value(type), getauxval(type)) << type;
  }
  EXPECT_EQ(auxiliary_value(1000), 0U);
}

TEST(StartData, FindsTheAuxiliaryVectorBehindAShortenedEnvironment) {
  auto* const entries = const_cast<const char**>(initial_environment());
  ASSERT_NE(entries[0], nullptr);
  const char* const kept = entries[0];
  entries[0] = nullptr;
  EXPECT_EQ(auxiliary_value(AT_PAGESZ), getauxval(AT_PAGESZ));
  entries[0] = kept;
}

TEST(Vdso, TellsTheKernelsTime) {
  for (const clockid_t clock : {CLOCK_MONOTONIC, CLOCK_REALTIME}) {
    timespec before{};
    timespec after{};
    clock_gettime(clock, &before);
    const timespec now = kernel_clock(clock);
    clock_gettime(clock, &after);
    const auto nanoseconds = [](const timespec& t) { return t.tv_sec * 1'000'000'000L + t.tv_nsec; };
    EXPECT_LE(nanoseconds(before), nanoseconds(now));
    EXPECT_LE(nanoseconds(now), nanoseconds(after));
  }
}

TEST(Vdso, AClockThatIsNotThereIsZero) { EXPECT_EQ(kernel_clock(1000).tv_sec, 0); }

TEST(Process, CountsItsProcessors) {
  EXPECT_GE(processor_count(), 1U);
  EXPECT_LE(processor_count(), static_cast<std::size_t>(sysconf(_SC_NPROCESSORS_CONF)));
}

}  // namespace
}  // namespace padlock::os
