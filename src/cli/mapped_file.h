// A regular file's contents, mapped for reading.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace padlock::cli {

/// Empty where the file cannot be read (or is empty, or not a regular file): see readable().
class MappedFile {
 public:
  explicit MappedFile(const std::string& path);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  [[nodiscard]] bool readable() const noexcept { return readable_; }
  [[nodiscard]] std::span<const std::byte> bytes() const noexcept { return bytes_; }

 private:
  std::span<const std::byte> bytes_;
  bool readable_ = false;
};

}  // namespace padlock::cli
