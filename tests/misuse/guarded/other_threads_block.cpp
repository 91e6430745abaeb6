// A block that another thread allocated and freed.
// expect: use-after-free
// options: guard_per_site=2:guard_after=0
#include "../misuse.h"

#include <thread>

int main() {
  volatile char* text = nullptr;
  std::thread([&] {
    text = (char*)hide(malloc(64));
    free((void*)text);
  }).join();
  return text[5];
}
