// The text of /proc/<pid>/maps, line by line, from any source of bytes.
#pragma once

#include <cstdint>

#include "os/mapping.h"

namespace padlock::os {

/// One line, plus what is needed to know which file it belongs to.
struct MapsLine {
  Mapping mapping;
  std::uint64_t file_offset = 0;
  std::uint64_t device = 0;  // major << 32 | minor
  std::uint64_t inode = 0;   // 0: no file

  [[nodiscard]] bool same_file(const MapsLine& other) const noexcept {
    return inode == other.inode && device == other.device;
  }
};

/// Pulls bytes from `next()`, which returns 0..255, or a negative number at the end.
template <typename Source>
class MapsParser {
 public:
  explicit MapsParser(Source& source) noexcept : source_(source) {}

  /// False at the end. A line that is not as the kernel writes it gives an empty mapping.
  bool next(MapsLine& line) noexcept {
    line = MapsLine{};
    advance();
    if (at_ < 0) return false;
    parse_fields(line);
    parse_path(line.mapping);
    while (!at_line_end()) advance();
    set_load_base(line);
    return true;
  }

 private:
  void advance() noexcept { at_ = source_.next(); }
  [[nodiscard]] bool at_line_end() const noexcept { return at_ < 0 || at_ == '\n'; }

  // "begin-end rwxp offset major:minor inode"
  void parse_fields(MapsLine& line) noexcept {
    line.mapping.begin = number(16);
    line.mapping.end = number(16);
    line.mapping.readable = flag('r');
    line.mapping.writable = flag('w');
    line.mapping.executable = flag('x');
    while (at_ != ' ' && !at_line_end()) advance();
    if (at_ == ' ') advance();
    line.file_offset = number(16);
    line.device = number(16) << 32;
    line.device |= number(16);
    line.inode = number(10);
  }

  // Digits and the one separator behind them.
  std::uint64_t number(unsigned base) noexcept {
    std::uint64_t value = 0;
    for (int digit = digit_value(at_); digit >= 0 && static_cast<unsigned>(digit) < base;
         digit = digit_value(at_)) {
      value = value * base + static_cast<unsigned>(digit);
      advance();
    }
    if (!at_line_end()) advance();
    return value;
  }

  static int digit_value(int c) noexcept {
    if (c >= '0' && c <= '9') return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
  }

  bool flag(char letter) noexcept {
    const bool set = at_ == letter;
    if (!at_line_end()) advance();
    return set;
  }

  // Everything after the blanks up to the end of the line: paths may hold blanks. Of a path that is too
  // long the tail is kept, which names the module.
  void parse_path(Mapping& mapping) noexcept {
    constexpr unsigned kLongest = sizeof mapping.path - 1;
    while (at_ == ' ') advance();
    unsigned length = 0;
    for (; !at_line_end(); advance()) {
      if (length == kLongest) {
        for (unsigned i = 1; i < kLongest; ++i) mapping.path[i - 1] = mapping.path[i];
        --length;
      }
      mapping.path[length++] = static_cast<char>(at_);
    }
    mapping.path[length] = '\0';
    mapping.stack = equals(mapping.path, "[stack]");
  }

  static bool equals(const char* a, const char* b) noexcept {
    while (*a != '\0' && *a == *b) ++a, ++b;
    return *a == *b;
  }

  // A module's mappings follow one another, perhaps with anonymous memory between. The same file at
  // offset 0 again is a second load of it, unless it continues the mapping before (tiny modules).
  void set_load_base(MapsLine& line) noexcept {
    if (line.inode == 0) return;
    const bool loaded_again = line.file_offset == 0 && line.mapping.begin != module_.mapping.end;
    const bool continues = line.same_file(module_) && !loaded_again;
    line.mapping.load_base = continues ? module_.mapping.load_base : line.mapping.begin;
    module_ = line;
  }

  Source& source_;
  int at_ = 0;
  MapsLine module_;  // the last line that had a file
};

}  // namespace padlock::os
