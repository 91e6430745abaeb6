// Text built in the caller's memory: no malloc, no stdio, no locale, safe in a signal handler.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace padlock {

/// Appends to a buffer that the caller owns. What does not fit is dropped and `truncated()` turns true for
/// good. Not thread-safe. No NUL is ever appended unless c_str() is asked for.
class TextWriter {
 public:
  explicit TextWriter(std::span<char> buffer) noexcept : buffer_(buffer), limit_(buffer.size()) {}

  /// Keeps the last `count` bytes of the buffer free for an ending that must not be lost; 0 gives them back.
  void hold_back(std::size_t count) noexcept { limit_ = buffer_.size() - std::min(count, buffer_.size()); }

  TextWriter& append(std::string_view text) noexcept {
    if (text.size() > room()) truncated_ = true;
    const std::size_t count = std::min(text.size(), room());
    std::copy_n(text.data(), count, buffer_.data() + size_);
    size_ += count;
    return *this;
  }
  TextWriter& append(char character) noexcept { return append(std::string_view(&character, 1)); }

  TextWriter& repeat(char character, std::size_t count) noexcept {
    for (; count > 0 && size_ < limit_; --count) append(character);
    if (count > 0) truncated_ = true;
    return *this;
  }

  TextWriter& decimal(std::uint64_t value) noexcept { return digits(value, 10, 1); }
  TextWriter& signed_decimal(std::int64_t value) noexcept {
    if (value >= 0) return decimal(static_cast<std::uint64_t>(value));
    return append('-').decimal(0 - static_cast<std::uint64_t>(value));
  }
  /// A number of things, `noun` being one of them: "1 byte", "24 bytes".
  TextWriter& counted(std::uint64_t count, std::string_view noun) noexcept {
    decimal(count).append(' ').append(noun);
    return count == 1 ? *this : append('s');
  }
  /// Lower case, no "0x", at least `width` digits (at most 16).
  TextWriter& hex(std::uint64_t value, std::size_t width = 1) noexcept { return digits(value, 16, width); }
  TextWriter& address(std::uint64_t value) noexcept { return append("0x").hex(value); }

  /// Text of unknown making: control characters become '?', so that it cannot drive a terminal.
  TextWriter& printable(std::string_view text) noexcept {
    for (const char character : text) {
      const auto byte = static_cast<unsigned char>(character);
      append(byte < 0x20 || byte == 0x7f ? '?' : character);
    }
    return *this;
  }

  /// Spaces up to `column` characters since `start` (a former size()).
  TextWriter& pad_to(std::size_t start, std::size_t column) noexcept {
    const std::size_t used = size_ - std::min(start, size_);
    return used < column ? repeat(' ', column - used) : *this;
  }

  [[nodiscard]] std::string_view view() const noexcept { return {buffer_.data(), size_}; }
  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  /// Bytes that still fit.
  [[nodiscard]] std::size_t room() const noexcept { return limit_ - std::min(size_, limit_); }
  [[nodiscard]] bool truncated() const noexcept { return truncated_; }

  /// NUL-terminated; the last character is given up for the NUL where the buffer is full.
  const char* c_str() noexcept {
    if (buffer_.empty()) return "";
    if (size_ == buffer_.size()) {
      --size_;
      truncated_ = true;
    }
    buffer_[size_] = '\0';
    return buffer_.data();
  }

 private:
  TextWriter& digits(std::uint64_t value, unsigned base, std::size_t width) noexcept {
    char reversed[20];
    std::size_t count = 0;
    do {
      reversed[count++] = "0123456789abcdef"[value % base];
      value /= base;
    } while (value != 0);
    for (width = std::min<std::size_t>(width, 16); count < width;) reversed[count++] = '0';
    while (count > 0) append(reversed[--count]);
    return *this;
  }

  std::span<char> buffer_;
  std::size_t limit_;  // how much of the buffer may be used now
  std::size_t size_ = 0;
  bool truncated_ = false;
};

}  // namespace padlock
