// Output by bare system calls: libc's write() is a cancellation point, and a report must not be cancelled.
#include "os/raw_io.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>
#include <csignal>
#include <cstdint>

#include "os/errno_keeper.h"

namespace padlock::os {
namespace {

constexpr std::size_t kSignalSetSize = 8;

// The kernel's own sigaction; all zero is the default action.
struct KernelSigaction {
  std::uintptr_t handler = 0;
  std::uint64_t flags = 0;
  std::uintptr_t restorer = 0;
  std::uint64_t mask = 0;
};

}  // namespace

bool write_all(int fd, std::string_view text) noexcept {
  const ErrnoKeeper keeper;
  while (!text.empty()) {
    const long written = syscall(SYS_write, fd, text.data(), text.size());
    if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (written == 0 || errno != EINTR) {
      return false;
    }
  }
  return true;
}

int open_for_append(const char* path) noexcept {
  const ErrnoKeeper keeper;
  return static_cast<int>(
      syscall(SYS_openat, AT_FDCWD, path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOCTTY, 0644));
}

void close_fd(int fd) noexcept {
  const ErrnoKeeper keeper;
  syscall(SYS_close, fd);
}

bool is_terminal(int fd) noexcept {
  const ErrnoKeeper keeper;
  unsigned char settings[256];  // room for the kernel's termios, whose size is not libc's
  return syscall(SYS_ioctl, fd, TCGETS, settings) == 0;
}

void exit_now(int status) noexcept {
  for (;;) syscall(SYS_exit_group, status);
}

void abort_now() noexcept {
  const KernelSigaction default_action;
  const std::uint64_t abort_only = std::uint64_t{1} << (SIGABRT - 1);
  syscall(SYS_rt_sigaction, SIGABRT, &default_action, nullptr, kSignalSetSize);
  syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &abort_only, nullptr, kSignalSetSize);
  syscall(SYS_tgkill, syscall(SYS_getpid), syscall(SYS_gettid), SIGABRT);
  exit_now(128 + SIGABRT);  // only if the kernel refused
}

}  // namespace padlock::os
