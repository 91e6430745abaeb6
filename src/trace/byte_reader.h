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
  explicit ByteReader(std::span<const std::uint8_t> bytes) noexcept
      : at_(bytes.data()), end_(at_ + bytes.size()) {}

  [[nodiscard]] bool ok() const noexcept { return ok_; }
  [[nodiscard]] bool at_end() const noexcept { return at_ == end_; }
  [[nodiscard]] std::span<const std::uint8_t> rest() const noexcept { return {at_, left()}; }

  /// A little-endian number of the type's size.
  template <typename T>
  T fixed() noexcept {
    T value{};
    if (left() < sizeof value) [[unlikely]] {
      fail();
      return value;
    }
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return value;
  }

  /// The next `size` bytes; empty if there are not so many.
  std::span<const std::uint8_t> take(std::uint64_t size) noexcept {
    if (size > left()) {
      fail();
      return {};
    }
    const std::span taken(at_, static_cast<std::size_t>(size));
    at_ += size;
    return taken;
  }

  /// LEB128 (DWARF 5, section 7.6). A number of more than 64 bits is an error.
  std::uint64_t uleb() noexcept {
    if (at_ != end_ && *at_ < kMore) [[likely]]
      return *at_++;
    unsigned bits = 0;
    return leb(bits);
  }
  std::int64_t sleb() noexcept {
    unsigned bits = 0;
    std::uint64_t value = leb(bits);
    if (bits < 64 && ((value >> (bits - 1)) & 1) != 0) value |= ~std::uint64_t{0} << bits;
    return static_cast<std::int64_t>(value);
  }

 private:
  static constexpr std::uint8_t kMore = 0x80;  // set in a byte that another one follows

  [[nodiscard]] std::size_t left() const noexcept { return static_cast<std::size_t>(end_ - at_); }

  // `bits`: how many the number was written with, seven a byte; at most 70.
  [[gnu::noinline]] std::uint64_t leb(unsigned& bits) noexcept {
    std::uint64_t value = 0;
    for (bits = 0; bits != 70;) {
      const auto byte = fixed<std::uint8_t>();
      value |= static_cast<std::uint64_t>(byte & (kMore - 1U)) << bits;
      bits += 7;
      if ((byte & kMore) == 0) return value;
    }
    fail();
    return 0;
  }

  void fail() noexcept {
    ok_ = false;
    at_ = end_;
  }

  const std::uint8_t* at_;
  const std::uint8_t* end_;  // at_ once a read did not fit
  bool ok_ = true;
};

}  // namespace padlock::trace
