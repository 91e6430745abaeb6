// Any text as /proc/self/maps: every line comes out once, and a line as the kernel writes them comes out as
// an independent parser reads it.
#include "os/maps_parser.h"

#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <string>

#include "model/require.h"
#include "support/operations.h"

namespace {

using padlock::fuzz::Operations;
using padlock::fuzz::require;
using padlock::os::MapsLine;
using padlock::os::MapsParser;

class Source {
 public:
  explicit Source(const std::string& text) : text_(text) {}
  int next() { return at_ < text_.size() ? static_cast<unsigned char>(text_[at_++]) : -1; }

 private:
  const std::string& text_;
  std::size_t at_ = 0;
};

// True if writing the fields out gives the line back: then it is one that the kernel could have written.
bool is_from_kernel(const std::string& line, MapsLine& expected, std::string& path) {
  char flags[5] = {};
  unsigned major = 0;
  unsigned minor = 0;
  int consumed = 0;
  const int fields = std::sscanf(
      line.c_str(), "%" SCNxPTR "-%" SCNxPTR " %4s %" SCNx64 " %x:%x %" SCNu64 "%n", &expected.mapping.begin,
      &expected.mapping.end, flags, &expected.file_offset, &major, &minor, &expected.inode, &consumed);
  if (fields != 7) return false;
  char text[200];
  std::snprintf(text, sizeof text, "%" PRIxPTR "-%" PRIxPTR " %s %08" PRIx64 " %02x:%02x %" PRIu64,
                expected.mapping.begin, expected.mapping.end, flags, expected.file_offset, major, minor,
                expected.inode);
  const auto length = static_cast<std::size_t>(consumed);
  if (line.compare(0, length, text) != 0 || std::strlen(text) != length) return false;
  if (std::strspn(flags, "rwxps-") != 4) return false;
  if (length < line.size() && line[length] != ' ') return false;
  expected.device = std::uint64_t{major} << 32 | minor;
  expected.mapping.readable = flags[0] == 'r';
  expected.mapping.writable = flags[1] == 'w';
  expected.mapping.executable = flags[2] == 'x';
  const std::size_t start = line.find_first_not_of(' ', length);
  path = start == std::string::npos ? "" : line.substr(start);
  return path.find('\0') == std::string::npos;
}

void require_equal(const MapsLine& found, const MapsLine& expected, const std::string& path) {
  const padlock::os::Mapping& mapping = found.mapping;
  require(
      mapping.begin == expected.mapping.begin && mapping.end == expected.mapping.end &&
          mapping.readable == expected.mapping.readable && mapping.writable == expected.mapping.writable &&
          mapping.executable == expected.mapping.executable && found.file_offset == expected.file_offset &&
          found.device == expected.device && found.inode == expected.inode,
      "the fields of a line are read", {{"begin", mapping.begin}, {"expected", expected.mapping.begin}});
  const std::size_t room = sizeof mapping.path - 1;
  const std::string tail = path.size() > room ? path.substr(path.size() - room) : path;
  require(tail == mapping.path, "the path of a line is read, or its tail");
  require(mapping.stack == (path == "[stack]"), "the stack is known by its name");
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(data), size);
  Source source(text);
  MapsParser<Source> parser(source);
  std::size_t at = 0;
  MapsLine line;
  while (parser.next(line)) {
    Operations::add();
    require(at < text.size(), "there are no more lines than there are");
    const std::size_t end = std::min(text.find('\n', at), text.size());
    require(std::memchr(line.mapping.path, 0, sizeof line.mapping.path) != nullptr, "a path ends");
    MapsLine expected;
    std::string path;
    if (is_from_kernel(text.substr(at, end - at), expected, path)) require_equal(line, expected, path);
    at = end + 1;
  }
  require(at >= text.size(), "every line comes out", {{"at", at}, {"size", size}});
  return 0;
}
