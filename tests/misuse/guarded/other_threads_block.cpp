// A block that another thread allocated and freed.
// expect: use-after-free
// options: guard_per_site=2:guard_after=0
#include "../misuse.h"

#include <thread>

static volatile char* text;

static void use_and_free() {
  text = (char*)hide(malloc(64));
  free((void*)text);
}

int main() {
  std::thread(use_and_free).join();
  return text[5];
}
