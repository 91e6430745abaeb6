// realloc() of a pointer that is read from a freed block.
// expect: use-after-free
#include "../misuse.h"

struct List {
  long size;
  int* items;
};

int main(void) {
  struct List* list = hide(malloc(sizeof *list));
  list->items = hide(malloc(4));
  free(list);
  return realloc(((struct List*)hide(list))->items, 64) == NULL;
}
