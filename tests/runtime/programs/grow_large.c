/* A block that grows by 4 KiB up to 64 MiB, and by odd steps; then shrinks. Its contents have to survive. */
#include <stdint.h>
#include <string.h>

#include "check.h"

static void grow(size_t step, size_t limit) {
  unsigned char* block = malloc(1);
  size_t size = 1;
  block[0] = 0;
  while (size < limit) {
    block = realloc(block, size + step);
    CHECK(block != NULL);
    for (size_t i = size; i < size + step; i += 509) block[i] = (unsigned char)(i * 31 >> 8);
    size += step;
  }
  while (size > step) {
    size = size / 3 + 1;
    block = realloc(block, size);
    CHECK(block != NULL);
    CHECK(block[0] == 0);
  }
  free(block);
}

static void keeps_contents(void) {
  enum { kWords = 600000 };
  uint32_t* words = NULL;
  for (uint32_t i = 0; i < kWords; ++i) {
    if (i % 1000 == 0) words = realloc(words, (i + 1000) * sizeof *words);
    words[i] = i;
  }
  for (uint32_t i = 0; i < kWords; ++i) CHECK(words[i] == i);
  words = realloc(words, 1000 * sizeof *words);
  for (uint32_t i = 0; i < 1000; ++i) CHECK(words[i] == i);
  free(words);
}

int main(void) {
  grow(4096, (size_t)64 << 20);
  grow(12345, (size_t)16 << 20);
  keeps_contents();
  return 0;
}
