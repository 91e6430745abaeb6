// flock(2) and record locks.
#include "os/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>

#include <cerrno>

#include "os/system_call.h"

namespace padlock::os {
namespace {

struct flock far_byte(short type) noexcept {
  struct flock lock = {};
  lock.l_type = type;
  lock.l_whence = SEEK_SET;
  lock.l_start = std::int64_t{1} << 62;
  lock.l_len = 1;
  return lock;
}

FileLock outcome(SystemResult result) noexcept {
  if (result.ok()) return FileLock::kTaken;
  const bool busy = result.error() == EAGAIN || result.error() == EACCES;
  return busy ? FileLock::kBusy : FileLock::kUnsupported;
}

}  // namespace

FileLock try_lock_file(int fd) noexcept { return outcome(system_call(SYS_flock, fd, LOCK_EX | LOCK_NB)); }

void unlock_file(int fd) noexcept { system_call(SYS_flock, fd, LOCK_UN); }

FileLock try_lock_stream(int fd) noexcept {
  const struct flock lock = far_byte(F_WRLCK);
  return outcome(system_call(SYS_fcntl, fd, F_SETLK, &lock));
}

void unlock_stream(int fd) noexcept {
  const struct flock lock = far_byte(F_UNLCK);
  system_call(SYS_fcntl, fd, F_SETLK, &lock);
}

}  // namespace padlock::os
