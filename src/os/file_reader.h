// Bytes of a file, one after the other, through a small buffer: no malloc, little stack.
#pragma once

#include <cstddef>

namespace padlock::os {

/// Not thread-safe. Uses bare system calls (no cancellation point); keeps errno.
class FileReader {
 public:
  explicit FileReader(const char* path) noexcept;
  ~FileReader();
  FileReader(const FileReader&) = delete;
  FileReader& operator=(const FileReader&) = delete;

  /// The next byte as 0..255, or kEnd at the end, on an error, and if the file did not open.
  int next() noexcept { return position_ < filled_ || refill() ? buffer_[position_++] : kEnd; }
  static constexpr int kEnd = -1;

 private:
  bool refill() noexcept;

  int fd_;
  std::size_t position_ = 0;
  std::size_t filled_ = 0;
  unsigned char buffer_[1024];
};

}  // namespace padlock::os
