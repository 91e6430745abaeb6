// Output by bare system calls: libc's write() is a cancellation point, and a report must not be cancelled.
#include "os/raw_io.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <termios.h>
#include <unistd.h>
#include <csignal>
#include <cstdint>
#include <ctime>

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

constexpr std::uint64_t set_of(int signal) noexcept { return std::uint64_t{1} << (signal - 1); }

// Nobody may read the pipe any more, which is no reason for the program to end by SIGPIPE: it has not written
// anything. The signal is held back, and dropped if the write raised it.
class BrokenPipeSignal {
 public:
  BrokenPipeSignal() noexcept {
    syscall(SYS_rt_sigpending, &pending_, kSignalSetSize);
    syscall(SYS_rt_sigprocmask, SIG_BLOCK, &kItself, &mask_, kSignalSetSize);
  }
  ~BrokenPipeSignal() { syscall(SYS_rt_sigprocmask, SIG_SETMASK, &mask_, nullptr, kSignalSetSize); }
  BrokenPipeSignal(const BrokenPipeSignal&) = delete;
  BrokenPipeSignal& operator=(const BrokenPipeSignal&) = delete;

  void drop() const noexcept {
    const timespec at_once = {};
    if ((pending_ & kItself) == 0) syscall(SYS_rt_sigtimedwait, &kItself, nullptr, &at_once, kSignalSetSize);
  }

 private:
  static constexpr std::uint64_t kItself = set_of(SIGPIPE);
  std::uint64_t pending_ = 0;
  std::uint64_t mask_ = 0;
};

// Where the program has made the descriptor non-blocking, its reader is given some time.
bool wait_for_room(int fd) noexcept {
  pollfd output = {fd, POLLOUT, 0};
  timespec patience = {5, 0};
  return syscall(SYS_ppoll, &output, 1, &patience, nullptr, kSignalSetSize) > 0;
}

bool may_go_on(int fd) noexcept { return errno == EINTR || (errno == EAGAIN && wait_for_room(fd)); }

}  // namespace

bool write_all(int fd, std::string_view text) noexcept {
  const ErrnoKeeper keeper;
  const BrokenPipeSignal held_back;
  while (!text.empty()) {
    const long written = syscall(SYS_write, fd, text.data(), text.size());
    if (written > 0) {
      text.remove_prefix(static_cast<std::size_t>(written));
    } else if (written == 0 || !may_go_on(fd)) {
      if (errno == EPIPE) held_back.drop();
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
  const std::uint64_t abort_only = set_of(SIGABRT);
  syscall(SYS_rt_sigaction, SIGABRT, &default_action, nullptr, kSignalSetSize);
  syscall(SYS_rt_sigprocmask, SIG_UNBLOCK, &abort_only, nullptr, kSignalSetSize);
  syscall(SYS_tgkill, syscall(SYS_getpid), syscall(SYS_gettid), SIGABRT);
  exit_now(128 + SIGABRT);  // only if the kernel refused
}

}  // namespace padlock::os
