// Heap checks while other threads allocate, write and free: never a false alarm.
// expect: nothing
#include <atomic>
#include <thread>

#include "../misuse.h"

extern "C" __attribute__((weak)) std::size_t padlock_check_heap();
static std::atomic<bool> stop{false};

static void churn(int seed) {
  char* kept[64] = {};
  for (unsigned i = static_cast<unsigned>(seed); !stop; i = i * 1103515245 + 12345) {
    char*& slot = kept[i >> 16 & 63];
    free(slot);
    const std::size_t size = i >> 8 & 4095;
    slot = static_cast<char*>(malloc(size));
    memset(slot, static_cast<int>(i), size);
  }
  for (char* each : kept) free(each);
}

int main() {
  std::thread first(churn, 1), second(churn, 2);
  std::size_t faults = 0;
  for (int i = 0; i < 100 && padlock_check_heap; ++i) faults += padlock_check_heap();
  stop = true;
  first.join();
  second.join();
  return faults != 0;
}
