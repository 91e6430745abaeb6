// Every way of realloc: from null, to and fro across all kinds of blocks, with the contents kept.
// expect: nothing
#include "../misuse.h"

static NOINLINE void check(const unsigned char* bytes, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    if (bytes[i] != (unsigned char)(i * 7)) abort();
  }
}

int main(void) {
  static const size_t sizes[] = {1, 24, 25, 4000, 31, 200000, 100, 300000, 5000000, 270000, 8, 600000, 16};
  unsigned char* bytes = NULL;
  size_t held = 0;
  for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; ++i) {
    bytes = hide(realloc(bytes, sizes[i]));
    check(bytes, held < sizes[i] ? held : sizes[i]);
    held = sizes[i];
    for (size_t k = 0; k < held; ++k) bytes[k] = (unsigned char)(k * 7);
  }
  for (size_t size = 16; size < 400000; size += 4096) bytes = hide(realloc(bytes, size));
  check(bytes, 16);
  return hide(realloc(bytes, 0)) != NULL;
}
