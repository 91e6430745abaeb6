// By the position of a file.
#include "cli/standard_input.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>

namespace padlock::cli {
namespace {

bool copy_to(std::FILE* file) {
  char buffer[65536];
  ssize_t size = 0;
  while ((size = read(STDIN_FILENO, buffer, sizeof buffer)) > 0) {
    if (std::fwrite(buffer, 1, static_cast<std::size_t>(size), file) != static_cast<std::size_t>(size))
      return false;
  }
  return size == 0 && std::fflush(file) == 0;
}

}  // namespace

StandardInput::StandardInput() {
  struct stat about = {};
  if (fstat(STDIN_FILENO, &about) != 0) return;
  if (S_ISREG(about.st_mode)) begin_ = lseek(STDIN_FILENO, 0, SEEK_CUR);
  if (!S_ISFIFO(about.st_mode) && !S_ISSOCK(about.st_mode)) return;
  std::FILE* const file = std::tmpfile();
  if (file == nullptr) return;
  if (copy_to(file) && dup2(fileno(file), STDIN_FILENO) >= 0) begin_ = 0;
  std::fclose(file);
}

void StandardInput::rewind() const noexcept {
  if (begin_ >= 0) lseek(STDIN_FILENO, begin_, SEEK_SET);
}

}  // namespace padlock::cli
