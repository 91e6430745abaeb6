// Bytes of a file by bare system calls.
#include "os/file_reader.h"

#include <fcntl.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <cerrno>

namespace padlock::os {

FileReader::FileReader(const char* path) noexcept
    : fd_(static_cast<int>(syscall(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC))) {}

FileReader::~FileReader() {
  if (fd_ >= 0) syscall(SYS_close, fd_);
}

bool FileReader::refill() noexcept {
  if (fd_ < 0) return false;
  long got = 0;
  do {
    got = syscall(SYS_read, fd_, buffer_, sizeof buffer_);
  } while (got < 0 && errno == EINTR);
  if (got <= 0) return false;
  filled_ = static_cast<std::size_t>(got);
  position_ = 0;
  return true;
}

}  // namespace padlock::os
