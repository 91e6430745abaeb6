// JSON, value by value, into a TextWriter: commas, quotes, escapes. What is written, and in which order, is
// the caller's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/text.h"

namespace padlock::report {

inline constexpr std::size_t kLongestJsonText = 2000;  // bytes between the quotes

/// Appends `text` in quotes. The result is valid UTF-8 whatever the text is: a byte that is part of no
/// character becomes U+FFFD; control characters are escaped, so that a line stays a line and drives no
/// terminal. What is longer than kLongestJsonText is cut, which "..." marks.
void append_quoted_json(std::string_view text, TextWriter& out) noexcept;

/// Borrows the writer. Keys are literals. Not thread-safe.
class JsonWriter {
 public:
  explicit JsonWriter(TextWriter& out) noexcept : out_(out) {}

  [[nodiscard]] std::size_t room() const noexcept { return out_.room(); }

  void open_object() noexcept { open('{'); }
  void open_object(std::string_view name) noexcept { key(name).append('{'); }
  void close_object() noexcept { out_.append('}'); }
  void open_list(std::string_view name) noexcept { key(name).append('['); }
  void close_list() noexcept { out_.append(']'); }
  void end_line() noexcept { out_.append('\n'); }

  void text(std::string_view name, std::string_view value) noexcept { append_quoted_json(value, key(name)); }
  void number(std::string_view name, std::uint64_t value) noexcept { key(name).decimal(value); }
  void signed_number(std::string_view name, std::int64_t value) noexcept { key(name).signed_decimal(value); }
  void flag(std::string_view name, bool value) noexcept { key(name).append(value ? "true" : "false"); }
  /// "0x7f0000001020": a string, since not all readers of JSON have numbers of 64 bits.
  void address(std::string_view name, std::uint64_t value) noexcept {
    key(name).append('"').address(value).append('"');
  }

  /// The name of a value that the caller writes, as JSON.
  TextWriter& key(std::string_view name) noexcept {
    separate();
    return out_.append('"').append(name).append("\":");
  }

 private:
  void separate() noexcept {
    const std::string_view before = out_.view();
    const char last = before.empty() ? '\n' : before.back();
    if (last != '{' && last != '[' && last != '\n') out_.append(',');
  }
  void open(char bracket) noexcept {
    separate();
    out_.append(bracket);
  }

  TextWriter& out_;
};

}  // namespace padlock::report
