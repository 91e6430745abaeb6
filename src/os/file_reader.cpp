// Bytes of a file by bare system calls.
#include "os/file_reader.h"

#include <fcntl.h>

#include <cerrno>

#include "os/system_call.h"

namespace padlock::os {

FileReader::FileReader(const char* path) noexcept
    : fd_(static_cast<int>(system_call(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC).value_or(-1))) {}

FileReader::~FileReader() {
  if (fd_ >= 0) system_call(SYS_close, fd_);
}

bool FileReader::refill() noexcept {
  if (fd_ < 0) return false;
  SystemResult got(0);
  do {
    got = system_call(SYS_read, fd_, buffer_, sizeof buffer_);
  } while (got.error() == EINTR);
  if (got.value() <= 0) return false;
  filled_ = static_cast<std::size_t>(got.value());
  position_ = 0;
  return true;
}

}  // namespace padlock::os
