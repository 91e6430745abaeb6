// The owner of a heap's memory: notes what the heap gives up, and does with it what an owner may do.
#pragma once

#include <cstring>
#include <span>
#include <vector>

#include "core/heap/heap.h"

namespace padlock::fuzz {

class GivenUp final : public core::UnusedMemory {
 public:
  /// What is given up is filled with `value`, a byte that is not all of a poison.
  explicit GivenUp(int value) noexcept : value_(value) {}
  void on_unused(std::span<std::byte> memory) override {
    spans.push_back(memory);
    std::memset(memory.data(), value_, memory.size());
  }

  std::vector<std::span<std::byte>> spans;

 private:
  int value_;
};

}  // namespace padlock::fuzz
