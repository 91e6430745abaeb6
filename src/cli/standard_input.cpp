// By the position of a file.
#include "cli/standard_input.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "cli/refusal.h"

namespace padlock::cli {
namespace {

// The other end may never be closed, and no run has begun yet.
bool say_what_is_waited_for() {
  constexpr int kPatience = 2000;  // milliseconds
  pollfd input = {.fd = STDIN_FILENO, .events = POLLIN, .revents = 0};
  if (poll(&input, 1, kPatience) != 0) return false;
  std::fputs(
      "padlock: pinpoint: waiting for the end of standard input, which every run gets (none: </dev/null)\n",
      stderr);
  return true;
}

[[noreturn]] void refuse(int error) {
  throw Refusal(Status::kCannotTrace,
                fmt::format("standard input cannot be kept for every run: {}", std::strerror(error)));
}

void copy_to(std::FILE* file) {
  char buffer[65536];
  ssize_t size = 0;
  bool said = false;
  do {
    said = said || say_what_is_waited_for();
    size = read(STDIN_FILENO, buffer, sizeof buffer);
    if (size < 0) refuse(errno);
    if (std::fwrite(buffer, 1, static_cast<std::size_t>(size), file) != static_cast<std::size_t>(size))
      refuse(errno);
  } while (size != 0);
  if (std::fflush(file) != 0) refuse(errno);
}

}  // namespace

StandardInput::StandardInput() {
  struct stat about = {};
  if (fstat(STDIN_FILENO, &about) != 0) return;
  if (S_ISREG(about.st_mode)) begin_ = lseek(STDIN_FILENO, 0, SEEK_CUR);
  if (!S_ISFIFO(about.st_mode) && !S_ISSOCK(about.st_mode)) return;
  std::FILE* const file = std::tmpfile();
  if (file == nullptr) refuse(errno);
  copy_to(file);
  if (dup2(fileno(file), STDIN_FILENO) >= 0) begin_ = 0;
  std::fclose(file);
}

void StandardInput::rewind() const noexcept {
  if (begin_ >= 0) lseek(STDIN_FILENO, begin_, SEEK_SET);
}

}  // namespace padlock::cli
