// What the descriptor is.
#include "cli/standard_input.h"

#include <sys/stat.h>
#include <unistd.h>

namespace padlock::cli {

StandardInput::StandardInput() {
  struct stat about = {};
  if (fstat(STDIN_FILENO, &about) != 0) return;
  if (S_ISREG(about.st_mode)) begin_ = lseek(STDIN_FILENO, 0, SEEK_CUR);
  if (S_ISFIFO(about.st_mode) || S_ISSOCK(about.st_mode)) kept_.emplace();
}

void StandardInput::begin_run() {
  if (begin_ >= 0) lseek(STDIN_FILENO, begin_, SEEK_SET);
  if (kept_) kept_->begin_run();
}

void StandardInput::end_run() noexcept {
  if (kept_) kept_->end_run();
}

}  // namespace padlock::cli
