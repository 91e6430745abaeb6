// A collector takes every word of its objects for a pointer that looks like one.
// expect: nothing
// options: guard_per_site=30:guard_after=0
#include <malloc.h>

#include "../misuse.h"

enum { kObjects = 300, kRounds = 3 };

static uintptr_t* objects[kObjects];
static char marked[kObjects];

static size_t words_of(int i) { return malloc_usable_size(objects[i]) / sizeof(uintptr_t); }

static void mark(uintptr_t word) {
  for (int i = 0; i < kObjects; ++i) {
    if (objects[i] == NULL || marked[i]) continue;
    if (word - (uintptr_t)objects[i] >= words_of(i) * sizeof word) continue;
    marked[i] = 1;
    for (size_t at = 0; at < words_of(i); ++at) mark(objects[i][at]);
  }
}

NOINLINE static void collect(const uintptr_t* root) {
  memset(marked, 0, sizeof marked);
  mark(*root);
  for (int i = 0; i < kObjects; ++i) {
    if (marked[i]) continue;
    free(objects[i]);
    objects[i] = NULL;
  }
}

int main(void) {
  uintptr_t root = 0;
  for (int round = 0; round < kRounds; ++round) {
    for (int i = 0; i < kObjects; ++i) {
      if (objects[i] != NULL) continue;
      objects[i] = (uintptr_t*)hide(malloc(sizeof root * (size_t)(1 + i % 20)));
      if (i % 100 == 0) objects[i] = (uintptr_t*)hide(realloc(objects[i], 300000));
      if (i % 3 == 0) {
        objects[i][0] = root;
        root = (uintptr_t)objects[i];
      }
    }
    collect(&root);
    if (objects[0] == NULL || objects[1] != NULL) return 1;
  }
  return 0;
}
