// free() of an array whose length is kept before its first element: not the start of the block.
// expect: invalid-free
#include "../misuse.h"

struct Item {
  long value = 1;
  NOINLINE ~Item() {}
};

int main() {
  Item* items = static_cast<Item*>(hide(new Item[5]));
  free(items);
  return 0;
}
