// The stack depot: every distinct stack once, named by a small id. Fixed memory, reserved up front and
// touched as needed; when it is full new stacks get id 0 and degraded() turns true for good.
// Lock-free for readers, thread-safe for writers; async-signal-safe to read.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace padlock::trace {

using TraceId = std::uint32_t;  // 24 bits; 0: no stack recorded
inline constexpr std::size_t kMaxDepth = 64;

class Depot {
 public:
  constexpr Depot() noexcept = default;

  /// Reserves address space for `bytes` of stacks. False if the system refuses (every id is 0 then).
  bool init(std::size_t bytes) noexcept;

  /// `pcs`: return addresses, innermost first, at most kMaxDepth. Returns its id.
  TraceId intern(std::span<const std::uintptr_t> pcs, std::uint64_t hash) noexcept;
  /// Copies the stack out; returns its depth (0 for an id that was never given).
  std::size_t fetch(TraceId id, std::span<std::uintptr_t> pcs) const noexcept;

  [[nodiscard]] bool degraded() const noexcept;
  [[nodiscard]] std::size_t size() const noexcept;         // distinct stacks
  [[nodiscard]] std::size_t bytes_used() const noexcept;
};

}  // namespace padlock::trace
