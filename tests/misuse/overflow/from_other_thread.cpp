// A worker writes too far into a block that the main thread owns, and has gone when it is found.
// expect: heap-buffer-overflow
#include <thread>

#include "../misuse.h"

static NOINLINE void work(char* buffer) { overwrite(buffer, 4000, 'w', 8); }

int main() {
  char* buffer = static_cast<char*>(hide(malloc(4000)));
  std::thread(work, buffer).join();
  free(buffer);
  return 0;
}
