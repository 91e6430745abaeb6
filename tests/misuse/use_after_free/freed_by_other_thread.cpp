// A worker frees what the main thread still writes to.
// expect: use-after-free-write
#include <thread>

#include "../misuse.h"

static NOINLINE void finish(char* buffer) { free(buffer); }

int main() {
  char* buffer = static_cast<char*>(hide(malloc(640)));
  std::thread(finish, buffer).join();
  overwrite(buffer, 320, 't', 16);
  return 0;
}
