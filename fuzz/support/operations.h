// Counts what a harness does, for the table of long runs: one operation is one call of the code under test
// with all that is verified after it. With PADLOCK_FUZZ_OPERATIONS in the environment the number is printed
// at exit.
#pragma once

#include <cstdint>
#include <cstdio>
#include <cstdlib>

namespace padlock::fuzz {

class Operations {
 public:
  static void add(std::uint64_t count = 1) noexcept { counter().count_ += count; }

 private:
  Operations() { std::atexit(&Operations::print); }
  static Operations& counter() noexcept {
    static Operations instance;
    return instance;
  }
  static void print() {
    if (std::getenv("PADLOCK_FUZZ_OPERATIONS") == nullptr) return;
    std::fprintf(stderr, "operations: %llu\n", static_cast<unsigned long long>(counter().count_));
  }

  std::uint64_t count_ = 0;
};

}  // namespace padlock::fuzz
