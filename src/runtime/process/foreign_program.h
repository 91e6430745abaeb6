// Programs of another kind than this one, 32-bit ones for instance: their loader cannot load Padlock, and
// complains about LD_PRELOAD on standard error. They are executed without Padlock in it.
#pragma once

#include <cstddef>
#include <string_view>

namespace padlock::runtime {

/// An environment without Padlock's entry in LD_PRELOAD: the other entries and variables are the same, in the
/// same order. Lives on the stack, and refers to the original one, since the caller may share its memory with
/// its parent (vfork). Async-signal-safe.
class EnvironmentWithoutPadlock {
 public:
  explicit EnvironmentWithoutPadlock(char* const* original) noexcept;
  EnvironmentWithoutPadlock(const EnvironmentWithoutPadlock&) = delete;
  EnvironmentWithoutPadlock& operator=(const EnvironmentWithoutPadlock&) = delete;

  /// The original one where Padlock is not in it, or where it is too large.
  [[nodiscard]] char* const* get() const noexcept { return result_; }

 private:
  static constexpr std::size_t kMostVariables = 1000;
  static constexpr std::size_t kLongestPreload = 4096;

  bool write_preload(std::string_view entries) noexcept;

  char* const* result_;
  char* variables_[kMostVariables + 1];
  char preload_[kLongestPreload];
};

}  // namespace padlock::runtime
