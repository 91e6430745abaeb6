// What interrupted code had at hand: its registers, and the words on top of its stack, where a function's
// local variables are.
#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/context.h"

namespace padlock::runtime {

class ValuesAtHand {
 public:
  /// Reads the interrupted stack, as far as that is readable.
  explicit ValuesAtHand(const arch::Context& context) noexcept;

  /// Registers come first.
  [[nodiscard]] const std::uintptr_t* begin() const noexcept { return values_; }
  [[nodiscard]] const std::uintptr_t* end() const noexcept { return values_ + size_; }

 private:
  static constexpr std::size_t kWords = 64;  // of the stack

  std::uintptr_t values_[arch::kRegisters + kWords];
  std::size_t size_ = 0;
};

}  // namespace padlock::runtime
