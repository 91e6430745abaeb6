// What can be said about the cause of a fault, as data: which finding it is, and its arguments.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <span>

namespace padlock::report {

enum class FindingId : std::uint8_t {
#define PADLOCK_FINDING(id, name, words) id,
#include "report/findings.def"
};

/// The beginning of bytes that a finding is about.
struct Excerpt {
  static constexpr std::size_t kCapacity = 32;
  std::uint8_t bytes[kCapacity] = {};
  std::uint64_t length = 0;  // of the bytes that it is the beginning of

  static Excerpt of(std::span<const std::uint8_t> bytes) noexcept {
    Excerpt excerpt;
    std::copy_n(bytes.data(), std::min(bytes.size(), kCapacity), excerpt.bytes);
    excerpt.length = bytes.size();
    return excerpt;
  }
  friend bool operator==(const Excerpt&, const Excerpt&) = default;
};

/// Of the arguments only those that the words of the finding name are set; what the report has already is no
/// argument.
struct Finding {
  FindingId id = {};
  std::uint64_t size = 0;  // bytes
  std::uint64_t count = 0;
  std::uint64_t index = 0;
  std::uint64_t value = 0;
  std::int64_t offset = 0;
  Excerpt text = {};

  friend bool operator==(const Finding&, const Finding&) = default;
};

}  // namespace padlock::report
