// The thread makes system calls only: the program is forked beside it.
#include "cli/kept_input.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <pthread.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include "cli/refusal.h"

namespace padlock::cli {
namespace {

constexpr int kFirstOwn = 3;  // descriptors of our own are none of the standard streams

[[noreturn]] void refuse() {
  throw Refusal(Status::kCannotTrace,
                fmt::format("standard input cannot be kept for every run: {}", std::strerror(errno)));
}

// A file that is gone when it is closed.
int file_without_name() {
  std::FILE* const file = std::tmpfile();
  if (file == nullptr) return -1;
  const int descriptor = fcntl(fileno(file), F_DUPFD_CLOEXEC, kFirstOwn);
  std::fclose(file);
  return descriptor;
}

// The command's signals are for its main thread; that of a file that has become too long is for none.
class NoSignals {
 public:
  NoSignals() noexcept {
    sigset_t all;
    sigfillset(&all);
    pthread_sigmask(SIG_BLOCK, &all, &before_);
  }
  ~NoSignals() { pthread_sigmask(SIG_SETMASK, &before_, nullptr); }
  NoSignals(const NoSignals&) = delete;
  NoSignals& operator=(const NoSignals&) = delete;

 private:
  sigset_t before_;
};

}  // namespace

KeptInput::KeptInput()
    : source_(fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, kFirstOwn)),
      file_(file_without_name()),
      stop_(eventfd(0, EFD_CLOEXEC)) {
  if (source_ < 0 || file_ < 0 || stop_ < 0) refuse();
}

KeptInput::~KeptInput() {
  end_run();
  for (const int own : {source_, file_, stop_}) close(own);
}

void KeptInput::begin_run() {
  int ends[2] = {-1, -1};
  if (pipe2(ends, O_CLOEXEC) != 0) refuse();
  const int to = fcntl(ends[1], F_DUPFD_CLOEXEC, kFirstOwn);
  const bool placed = to >= 0 && dup2(ends[0], STDIN_FILENO) == STDIN_FILENO;
  close(ends[0]);
  close(ends[1]);
  if (!placed) refuse();
  fcntl(to, F_SETFL, O_NONBLOCK);
  const NoSignals inherited;
  relay_ = std::thread([this, to] { relay(to); });
}

void KeptInput::end_run() noexcept {
  if (!relay_.joinable()) return;
  std::uint64_t count = 1;
  (void)!write(stop_, &count, sizeof count);
  relay_.join();
  (void)!read(stop_, &count, sizeof count);
}

KeptInput::Ready KeptInput::wait_for(int file, short events) const noexcept {
  pollfd files[] = {{.fd = stop_, .events = POLLIN, .revents = 0},
                    {.fd = file, .events = events, .revents = 0}};
  while (poll(files, 2, -1) < 0 && errno == EINTR) {
  }
  return files[0].revents != 0 ? Ready::kStopped : Ready::kYes;
}

// Of what has come, as long as all of it could be kept.
void KeptInput::keep(ssize_t size) noexcept {
  if (!whole_) return;
  whole_ =
      kept_ + size <= kMost && pwrite(file_, piece_.data(), static_cast<std::size_t>(size), kept_) == size;
  kept_ += size;
  if (!whole_) (void)!ftruncate(file_, 0);
}

// Its bytes; 0 at its end, or when the run is over.
ssize_t KeptInput::from_source() noexcept {
  for (;;) {
    if (wait_for(source_, POLLIN) == Ready::kStopped) return 0;
    const ssize_t size = read(source_, piece_.data(), piece_.size());
    if (size >= 0 || (errno != EAGAIN && errno != EINTR)) return size;
  }
}

ssize_t KeptInput::next_piece(off_t& passed) noexcept {
  if (passed < kept_) {
    const ssize_t again = pread(file_, piece_.data(), piece_.size(), passed);
    if (again > 0) passed += again;
    return again;
  }
  const ssize_t size = from_source();
  if (size > 0) {
    keep(size);
    passed = kept_;
  }
  return size;
}

void KeptInput::relay(int to) noexcept {
  off_t passed = 0;
  bool open = true;
  while (open) {
    const ssize_t size = next_piece(passed);
    open = size > 0;
    for (ssize_t done = 0; open && done < size;) {
      open = wait_for(to, POLLOUT) == Ready::kYes;
      if (!open) break;
      const ssize_t now = write(to, piece_.data() + done, static_cast<std::size_t>(size - done));
      open = now >= 0 || errno == EAGAIN || errno == EINTR;
      if (now > 0) done += now;
    }
  }
  close(to);
}

}  // namespace padlock::cli
