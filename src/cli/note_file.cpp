// Made, reserved, read, removed.
#include "cli/note_file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/falloc.h>
#include <unistd.h>

#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <fstream>
#include <sstream>

#include "cli/refusal.h"

namespace padlock::cli {
namespace {

constexpr off_t kRoom = 64 * 1024;  // some 500 lines

[[noreturn]] void refuse(const std::filesystem::path& path, int error) {
  throw Refusal(Status::kCannotTrace,
                fmt::format("there is no room for notes: {}: {} (another folder: TMPDIR)", path.string(),
                            std::strerror(error)));
}

}  // namespace

NoteFile::NoteFile() {
  std::error_code error;
  const std::filesystem::path place = std::filesystem::temp_directory_path(error);
  if (error) refuse("TMPDIR", error.value());
  std::string name = (place / "padlock-XXXXXX").string();
  if (mkdtemp(name.data()) == nullptr) refuse(name, errno);
  folder_ = name;
}

NoteFile::~NoteFile() {
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

void NoteFile::renew() const {
  const int file = open(path().c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
  if (file < 0) refuse(path(), errno);
  const bool reserved = fallocate(file, FALLOC_FL_KEEP_SIZE, 0, kRoom) == 0;
  const int error = errno;
  close(file);
  const bool full = error == ENOSPC || error == EDQUOT || error == EFBIG;
  if (!reserved && full) refuse(path(), error);  // other file systems cannot reserve anything
}

std::vector<Sighting> NoteFile::sightings() const {
  std::stringstream lines;
  lines << std::ifstream(path()).rdbuf();
  return parse_sightings(lines.str());
}

}  // namespace padlock::cli
