// Numbers out of a byte buffer, never past its end: the ground under the call-frame interpreter.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>

namespace padlock::trace {

/// Once a read did not fit, ok() is false for good and every read gives zero.
class ByteReader {
 public:
  explicit ByteReader(std::span<const std::uint8_t> bytes) noexcept : bytes_(bytes) {}

  [[nodiscard]] bool ok() const noexcept { return ok_; }
  [[nodiscard]] bool at_end() const noexcept { return bytes_.empty(); }
  [[nodiscard]] std::span<const std::uint8_t> rest() const noexcept { return bytes_; }

  /// A little-endian number of the type's size.
  template <typename T>
  T fixed() noexcept {
    T value{};
    const std::span<const std::uint8_t> source = take(sizeof value);
    if (ok_) std::memcpy(&value, source.data(), sizeof value);
    return value;
  }

  /// The next `size` bytes; empty if there are not so many.
  std::span<const std::uint8_t> take(std::uint64_t size) noexcept {
    if (!ok_ || size > bytes_.size()) {
      fail();
      return {};
    }
    const auto taken = bytes_.first(static_cast<std::size_t>(size));
    bytes_ = bytes_.subspan(static_cast<std::size_t>(size));
    return taken;
  }

  /// LEB128 (DWARF 5, section 7.6). A number of more than 64 bits is an error.
  std::uint64_t uleb() noexcept {
    unsigned bits = 0;
    return leb(bits);
  }
  std::int64_t sleb() noexcept {
    unsigned bits = 0;
    std::uint64_t value = leb(bits);
    const bool negative = bits != 0 && bits <= 64 && ((value >> (bits - 1)) & 1) != 0;
    if (negative && bits < 64) value |= ~std::uint64_t{0} << bits;
    return static_cast<std::int64_t>(value);
  }

 private:
  // `bits`: how many the number was written with, at most 64.
  std::uint64_t leb(unsigned& bits) noexcept {
    std::uint64_t value = 0;
    for (bits = 0; bits < 64; bits += 7) {
      const auto byte = fixed<std::uint8_t>();
      value |= static_cast<std::uint64_t>(byte & 0x7f) << bits;
      if ((byte & 0x80) == 0) {
        bits = bits + 7 < 64 ? bits + 7 : 64;
        return value;
      }
    }
    fail();
    return 0;
  }

  void fail() noexcept {
    ok_ = false;
    bytes_ = {};
  }

  std::span<const std::uint8_t> bytes_;
  bool ok_ = true;
};

}  // namespace padlock::trace
