// One object is deleted as an array: the number of elements is read from the block's header.
// expect: alloc-dealloc-mismatch
#include "../misuse.h"

struct Named {
  char* name;
  long numbers[3];
  NOINLINE ~Named() { *static_cast<char*>(hide(name)) = 0; }
};

static NOINLINE Named* make() { return new Named{new char[8], {}}; }

int main() {
  Named* named = static_cast<Named*>(hide(make()));
  delete[] named;
  return 0;
}
