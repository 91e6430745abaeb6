// From /proc/PID/environ, which has the environment as it was at the start.
#include "os/parent.h"

#include <cstddef>

#include "base/text.h"
#include "os/confined.h"
#include "os/file_reader.h"
#include "os/system_call.h"

namespace padlock::os {
namespace {

constexpr std::size_t kLongest = 4096;  // bytes of name, '=' and value

// The next string of the file, which ends with a NUL; truncated where it is too long. False at the end.
bool read_string(FileReader& file, TextWriter& out) noexcept {
  int c = file.next();
  if (c == FileReader::kEnd) return false;
  for (; c != 0 && c != FileReader::kEnd; c = file.next()) out.append(static_cast<char>(c));
  return true;
}

}  // namespace

bool parent_was_started_with(std::string_view name, bool (*holds)(std::string_view value)) noexcept {
  if (is_confined()) return false;
  char path_buffer[32];
  TextWriter path(path_buffer);
  path.append("/proc/").signed_decimal(system_call(SYS_getppid).value_or(0)).append("/environ");
  FileReader file(path.c_str());
  char buffer[kLongest];
  for (TextWriter entry(buffer); read_string(file, entry); entry = TextWriter(buffer)) {
    std::string_view text = entry.view();
    if (entry.truncated() || !text.starts_with(name)) continue;
    text.remove_prefix(name.size());
    if (text.starts_with('=')) return holds(text.substr(1));
  }
  return false;
}

}  // namespace padlock::os
