// The heap is checked again and again while threads allocate, resize, free, and free each other's blocks: no
// false alarm.
#include <padlock/padlock.h>

#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

#include "check.h"

namespace {

constexpr std::size_t kSlots = 200;
std::atomic<char*> slots[kSlots];
std::atomic<bool> stop{false};

void churn(unsigned seed) {
  while (!stop) {
    seed = seed * 1664525 + 1013904223;
    const std::size_t size = seed % 97 == 0 ? 300000 : (seed >> 8) % 2000;
    auto* block = static_cast<char*>(std::malloc(size));
    std::memset(block, 'x', size);
    block = static_cast<char*>(std::realloc(block, size + seed % 500));
    std::free(slots[seed % kSlots].exchange(block));
  }
}

}  // namespace

int main() {
  std::vector<std::thread> threads;
  for (unsigned i = 0; i < 4; ++i) threads.emplace_back(churn, i);
  for (int i = 0; i < 300; ++i) CHECK(padlock_check_heap() == 0);
  stop = true;
  for (std::thread& thread : threads) thread.join();
  return 0;
}
