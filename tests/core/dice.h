// A generator for tests that choose.
#pragma once

#include <cstdint>

#include "base/random.h"

namespace padlock::core::test {

class Dice : public Random {
 public:
  using Random::Random;

  /// Uniform enough in [0, bound); bound > 0.
  std::uint32_t below(std::uint32_t bound) noexcept {
    return static_cast<std::uint32_t>(((next() >> 32) * bound) >> 32);
  }
};

}  // namespace padlock::core::test
