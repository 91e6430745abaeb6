// A thread that stands still, as one that looks for pointers sees it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "arch/thread_registers.h"

namespace padlock::os {

struct FrozenThread {
  static constexpr std::size_t kVectorWords = 448;
  static constexpr std::size_t kRunning = SIZE_MAX;

  std::int32_t id = 0;      // 0: it has ended
  std::int32_t signal = 0;  // that it is about to take
  arch::ThreadRegisters registers = {};
  std::size_t vector_words = kRunning;        // kRunning: it does not stand yet
  std::uintptr_t vectors[kVectorWords] = {};  // the vector registers, as far as they fit
};

}  // namespace padlock::os
