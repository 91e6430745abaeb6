// Blocks that go from thread to thread.
// expect: nothing
// options: guard_per_site=2:guard_after=0
#include "../misuse.h"

#include <atomic>
#include <thread>
#include <vector>

int main() {
  static std::atomic<char*> box[16];
  std::vector<std::thread> threads;
  for (int t = 0; t < 4; ++t) {
    threads.emplace_back([t] {
      for (int i = 0; i < 3000; ++i) {
        const size_t size = 1 + (i * 37 + t) % 9000;
        char* bytes = (char*)hide(malloc(size));
        bytes[0] = bytes[size - 1] = 1;
        bytes = box[(i + t) % 16].exchange(bytes);
        if (bytes != nullptr && bytes[0] != 1) abort();
        free(bytes);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (auto& slot : box) free(slot.exchange(nullptr));
  return 0;
}
