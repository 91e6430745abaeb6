// A worker deletes what the main thread got from strdup.
// expect: alloc-dealloc-mismatch
#include <thread>

#include "../misuse.h"

static NOINLINE void consume(char* message) { delete message; }

int main() {
  char* message = static_cast<char*>(hide(strdup("a message")));
  std::thread(consume, message).join();
  return 0;
}
