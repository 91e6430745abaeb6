// Output by bare system calls: libc's write() is a cancellation point, and a report must not be cancelled.
#include "os/raw_io.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <ctime>

#include "os/signal_action.h"
#include "os/system_call.h"

namespace padlock::os {
namespace {

// The pipe may have no reader any more (SIGPIPE), or the file would grow beyond its limit (SIGXFSZ). That is
// no reason for the program to end: it has not written anything. The signals are held back, and dropped if
// the write raised one.
class FailedWriteSignals {
 public:
  FailedWriteSignals() noexcept : held_back_(!is_confined()) {
    if (!held_back_) return;
    system_call(SYS_rt_sigpending, &pending_, kSignalSetSize);
    change_signal_mask(SIG_BLOCK, kThem, &mask_);
  }
  ~FailedWriteSignals() {
    if (held_back_) change_signal_mask(SIG_SETMASK, mask_);
  }
  FailedWriteSignals(const FailedWriteSignals&) = delete;
  FailedWriteSignals& operator=(const FailedWriteSignals&) = delete;

  // What was pending before the write is not of this write and stays.
  void drop() const noexcept {
    const timespec at_once = {};
    const SignalSet raised = kThem & ~pending_;
    while (raised != 0 &&
           system_call(SYS_rt_sigtimedwait, &raised, nullptr, &at_once, kSignalSetSize).value() > 0) {
    }
  }

 private:
  static constexpr SignalSet kThem = set_of(SIGPIPE) | set_of(SIGXFSZ);
  SignalSet pending_ = 0;
  SignalSet mask_ = 0;
  bool held_back_;
};

// Where the program has made the descriptor non-blocking, its reader is given some time.
bool wait_for_room(int fd) noexcept {
  pollfd output = {fd, POLLOUT, 0};
  timespec patience = {5, 0};
  return system_call(SYS_ppoll, &output, 1, &patience, nullptr, kSignalSetSize).value() > 0;
}

bool may_go_on(int fd, int error) noexcept {
  return error == EINTR || (error == EAGAIN && wait_for_room(fd));
}

void raise_abort() noexcept {
  change_signal_mask(SIG_UNBLOCK, set_of(SIGABRT));
  system_call(SYS_tgkill, system_call(SYS_getpid).value(), system_call(SYS_gettid).value(), SIGABRT);
}

}  // namespace

bool write_all(int fd, std::string_view text) noexcept {
  const FailedWriteSignals held_back;
  while (!text.empty()) {
    const SystemResult written = system_call(SYS_write, fd, text.data(), text.size());
    if (written.value() > 0) {
      text.remove_prefix(static_cast<std::size_t>(written.value()));
    } else if (written.ok() || !may_go_on(fd, written.error())) {
      held_back.drop();
      return false;
    }
  }
  return true;
}

int open_for_append(const char* path) noexcept {
  constexpr int kFlags = O_WRONLY | O_CREAT | O_APPEND | O_NONBLOCK | O_CLOEXEC | O_NOCTTY;
  return static_cast<int>(system_call(SYS_openat, AT_FDCWD, path, kFlags, 0644).value_or(-1));
}

void close_fd(int fd) noexcept { system_call(SYS_close, fd); }

bool is_terminal(int fd) noexcept {
  unsigned char settings[256];  // room for the kernel's termios, whose size is not libc's
  return system_call(SYS_ioctl, fd, TCGETS, settings).ok();
}

// In strict mode the thread may end itself, but not the others that there may be.
void exit_now(int status) noexcept {
  for (;;) system_call(is_strict() ? SYS_exit : SYS_exit_group, status);
}

// A handler that comes here again, or that has jumped out of an earlier call, is not called a second time.
void abort_now() noexcept {
  if (is_confined()) exit_now(128 + SIGABRT);  // as a shell sees it
  static constinit std::atomic<std::int32_t> in_handler{0};
  const auto thread = static_cast<std::int32_t>(system_call(SYS_gettid).value());
  if (in_handler.exchange(thread) != thread) raise_abort();
  const SignalAction default_action;
  change_signal_action(SIGABRT, &default_action, nullptr);
  raise_abort();
  exit_now(128 + SIGABRT);  // only if the kernel refused
}

}  // namespace padlock::os
