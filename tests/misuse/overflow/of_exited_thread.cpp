// The block comes from a thread that has ended; the main thread frees it.
// expect: heap-buffer-overflow
#include <thread>

#include "../misuse.h"

static char* result;

static NOINLINE void produce() {
  result = static_cast<char*>(malloc(72));
  overwrite(result, 72, 'e', 1);
}

int main() {
  std::thread(produce).join();
  free(hide(result));
  return 0;
}
