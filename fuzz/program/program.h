// A fuzz program: how the heap is set up, and the ops that run on it. Every byte string is one; it encodes
// back to bytes and prints as text.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "program/op.h"

namespace padlock::fuzz {

/// How the heap under test is configured.
struct Setup {
  std::uint8_t key = 0;
  std::uint8_t seed = 0;
  std::uint8_t quarantine_bytes = 0;  // an index into a table of sizes, as the next three
  std::uint8_t quarantine_slots = 0;
  std::uint8_t pending_bytes = 0;
  std::uint8_t coalesce_batch = 0;
  std::uint8_t first_region = 0;
  std::uint8_t flags = 0;

  bool operator==(const Setup&) const = default;

  [[nodiscard]] std::size_t max_quarantine_bytes() const noexcept;
  [[nodiscard]] std::size_t slot_count() const noexcept;
  [[nodiscard]] std::size_t max_pending_bytes() const noexcept;
  [[nodiscard]] std::size_t batch() const noexcept;
  [[nodiscard]] std::size_t first_region_bytes() const noexcept;
  /// The heap grows by itself when an allocation finds nothing.
  [[nodiscard]] bool grows() const noexcept { return (flags & 1) == 0; }
  /// The heap finds regions by the caller's locator rather than by its list.
  [[nodiscard]] bool has_locator() const noexcept { return (flags & 2) != 0; }
  /// The number of the first allocation; 0: the heap's own count.
  [[nodiscard]] std::uint64_t first_number() const noexcept;
};

struct Program {
  Setup setup;
  std::vector<Op> ops;

  bool operator==(const Program&) const = default;
};

inline constexpr std::size_t kSetupBytes = 8;
inline constexpr std::size_t kOpBytes = 6;
inline constexpr std::size_t kMaxOps = 400;  // more are ignored, so that one run stays short

/// Never fails: what is missing is zero, a kind that the dialect lacks is one that it has, and what follows
/// the last op is ignored.
Program decode(std::span<const std::uint8_t> bytes, Dialect dialect);
/// decode(encode(p), d) == p for every p that decode() made.
std::vector<std::uint8_t> encode(const Program& program);

/// One op a line: "allocate size=24 origin=1".
std::string to_text(const Op& op);
std::string to_text(const Program& program);
/// A C++ test to paste into tests/core/cached_programs_test.cpp.
std::string to_test(const Program& program);
/// "kFreeMany" for "free_many".
std::string enumerator(const char* name);

}  // namespace padlock::fuzz
