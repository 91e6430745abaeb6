// The main thread frees first, a worker second.
// expect: double-free
#include <thread>

#include "../misuse.h"

static NOINLINE void clean_up(void* buffer) { free(buffer); }

int main() {
  void* buffer = hide(malloc(200));
  free(buffer);
  std::thread(clean_up, buffer).join();
  return 0;
}
