// Takes an input apart: numbers while there are bytes, then zeros.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace padlock::fuzz {

class Feed {
 public:
  Feed(const std::uint8_t* data, std::size_t size) noexcept : rest_(data, size) {}

  [[nodiscard]] bool empty() const noexcept { return rest_.empty(); }

  template <typename T>
  T number() noexcept {
    T value{};
    const std::size_t size = std::min(sizeof value, rest_.size());
    if (size != 0) std::memcpy(&value, rest_.data(), size);
    rest_ = rest_.subspan(size);
    return value;
  }
  std::uint8_t byte() noexcept { return number<std::uint8_t>(); }
  bool flag() noexcept { return (byte() & 1) != 0; }

  /// At most `size` bytes.
  std::span<const std::uint8_t> bytes(std::size_t size) noexcept {
    const auto taken = rest_.first(std::min(size, rest_.size()));
    rest_ = rest_.subspan(taken.size());
    return taken;
  }
  std::span<const std::uint8_t> rest() noexcept { return bytes(rest_.size()); }
  /// Without NUL bytes.
  std::string text(std::size_t size) {
    std::string text;
    for (const std::uint8_t byte : bytes(size)) text += byte == 0 ? '?' : static_cast<char>(byte);
    return text;
  }

 private:
  std::span<const std::uint8_t> rest_;
};

}  // namespace padlock::fuzz
