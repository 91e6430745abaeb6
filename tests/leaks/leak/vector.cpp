// A vector on the heap: the object is lost, and its elements with it.
// leak: Direct leak: 24 bytes in 1 block, lose() < main
// leak: Indirect leak: 400 bytes in 1 block, lose() < main
#include <vector>

#include "../leaks.h"

[[gnu::noinline]] static void lose() {
  auto* numbers = new std::vector<int>;
  numbers->reserve(100);
}

int main() {
  lose();
  clear_stack();
  return 0;
}
