// A count that is read from a freed block: no product of it and a size is a size_t.
// expect: use-after-free
#define _GNU_SOURCE
#include "../misuse.h"

struct Array {
  void* elements;
  size_t count;
};

int main(void) {
  struct Array* array = hide(malloc(sizeof *array));
  array->elements = NULL;
  free(array);
  return reallocarray(NULL, ((struct Array*)hide(array))->count, 24) != NULL;
}
