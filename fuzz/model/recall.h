// What was in memory when it was damaged, a little further than the damage: a fault is about those bytes, and
// the call that reports it writes over them.
#pragma once

#include <cstdint>
#include <map>

namespace padlock::fuzz {

class Recall {
 public:
  void note(std::uintptr_t begin, std::uintptr_t end) {
    for (std::uintptr_t at = begin; at < end; ++at) bytes_[at] = *reinterpret_cast<const std::uint8_t*>(at);
  }
  void clear() { bytes_.clear(); }

  /// 0 for a byte that was not noted.
  [[nodiscard]] std::uint8_t byte(std::uintptr_t address) const {
    const auto found = bytes_.find(address);
    return found == bytes_.end() ? std::uint8_t{0} : found->second;
  }

 private:
  std::map<std::uintptr_t, std::uint8_t> bytes_;
};

}  // namespace padlock::fuzz
