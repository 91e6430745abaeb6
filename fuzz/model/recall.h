// The regions' bytes as they were before a call: a fault is about those, and the call writes over them.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "core/arith.h"

namespace padlock::fuzz {

class Recall {
 public:
  void take(const std::vector<std::span<std::byte>>& regions) {
    kept_.clear();
    for (const std::span<std::byte> region : regions) {
      kept_.push_back({core::address_of(region.data()), {region.begin(), region.end()}});
    }
  }
  void clear() { kept_.clear(); }

  /// What was at `address`, which lies in a region; 0 if nothing was taken.
  [[nodiscard]] std::uint8_t byte(std::uintptr_t address) const {
    for (const auto& [base, bytes] : kept_) {
      if (address - base < bytes.size()) return static_cast<std::uint8_t>(bytes[address - base]);
    }
    return 0;
  }

 private:
  struct Kept {
    std::uintptr_t base = 0;
    std::vector<std::byte> bytes;
  };
  std::vector<Kept> kept_;
};

}  // namespace padlock::fuzz
