/* Reads an int in a freed block and uses it as an index, which leads far beyond all that is mapped: the lower
 * half of a word that Padlock keeps there, or with an argument the upper one. */
#include <stdlib.h>
#include <string.h>

enum { kInts = 60000 };

static long load(long* table, int index) {
  long loaded = 0;
  __asm__ volatile("movq (%1,%2,8), %0" : "=r"(loaded) : "r"(table), "r"((long)index) : "memory");
  return loaded;
}

int main(int argc, char** argv) {
  (void)argv;
  const int upper = argc > 1;
  long* table = malloc(64);
  int* freed = malloc(kInts * sizeof(int));
  memset(freed, 1, kInts * sizeof(int));
  free(freed);
  const volatile int* ints = freed;
  for (int i = 8 + upper; i < kInts; i += 2) {
    if (upper || ints[i] >= 1 << 29) return (int)load(table, ints[i]);
  }
  return 1;
}
