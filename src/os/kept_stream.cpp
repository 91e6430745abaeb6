// The kept stream, by bare system calls.
#include "os/kept_stream.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include "os/system_call.h"
#include "os/thread.h"

namespace padlock::os {
namespace {

// Beyond what programs count through or use select(2) for, and no reason yet for a larger table of
// descriptors than the kernel's second smallest.
constexpr std::uint64_t kHighNumber = 1000;
// A process that may have fewer than so many needs each of them.
constexpr std::uint64_t kFewDescriptors = 256;

std::uint64_t descriptor_limit() noexcept {
  rlimit limit{};
  const bool known = system_call(SYS_prlimit64, 0, RLIMIT_NOFILE, nullptr, &limit).ok();
  return known ? limit.rlim_cur : 0;
}

int duplicate_high(int fd, std::uint64_t from) noexcept {
  return static_cast<int>(system_call(SYS_fcntl, fd, F_DUPFD_CLOEXEC, from).value_or(-1));
}

bool is_character_device(int fd) noexcept {
  struct stat status {};
  return system_call(SYS_fstat, fd, &status).ok() && S_ISCHR(status.st_mode);
}

}  // namespace

FileIdentity identity_of(int fd) noexcept {
  struct stat status {};
  if (fd < 0 || !system_call(SYS_fstat, fd, &status).ok()) return {};
  return {status.st_dev, status.st_ino, true};
}

void KeptStream::keep() noexcept {
  home_ = owner_ = process_id();
  original_ = identity_of(number_);
  if (!original_.known) return;
  const std::uint64_t limit = descriptor_limit();
  if (limit < kFewDescriptors) return;
  kept_ = duplicate_high(number_, limit > kHighNumber ? kHighNumber : limit - 1);
}

int KeptStream::descriptor() const noexcept {
  if (home_ == 0 || is_confined()) return number_;
  const int kept = kept_;
  if (identity_of(kept).same(original_)) return kept;
  const FileIdentity now = identity_of(number_);
  if (now.same(original_) || now.same(chosen_)) return number_;
  // A terminal or the null device is no file of the program's that a report could damage.
  return now.known && (reopened_ || is_character_device(number_)) ? number_ : -1;
}

bool KeptStream::at_home() const noexcept { return home_ == process_id(); }
bool KeptStream::owns_memory() const noexcept { return owner_ == process_id(); }

void KeptStream::leave() noexcept {
  const int kept = kept_;
  if (!identity_of(kept).same(original_)) return;
  system_call(SYS_close, kept);
  if (owns_memory()) kept_ = -1;
}

bool KeptStream::hold(int fd) const noexcept {
  return fd >= 0 && fd == kept_ && at_home() && identity_of(fd).same(original_);
}

void KeptStream::on_close(int fd) noexcept {
  if (fd == number_ && home_ != 0 && !at_home()) leave();
}

void KeptStream::on_redirect(int from, int to) noexcept {
  if (home_ == 0 || from == to || to < 0 || !identity_of(from).known) return;
  if (to == number_) {
    if (owns_memory()) chosen_ = identity_of(from);
    if (!at_home()) leave();
  } else if (hold(to)) {
    kept_ = duplicate_high(to, static_cast<std::uint64_t>(to) + 1);  // the number is the program's now
  }
}

void KeptStream::on_reopen() noexcept {
  if (home_ == 0) return;
  if (owns_memory()) reopened_ = true;
  if (!at_home()) leave();
}

void KeptStream::on_detach() noexcept {
  if (home_ != 0 && !at_home()) leave();
}

void KeptStream::after_fork() noexcept { owner_ = process_id(); }

}  // namespace padlock::os
