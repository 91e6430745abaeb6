// calloc memory is zero, also where a filled block was freed before.
// expect: nothing
#include "../misuse.h"

int main(void) {
  static const size_t sizes[] = {1, 24, 500, 5000, 70000, 300000};
  for (int round = 0; round < 300; ++round) {
    const size_t size = sizes[round % 6];
    unsigned char* dirty = hide(malloc(size));
    memset(dirty, 0xFF, size);
    free(dirty);
    unsigned char* clean = hide(calloc(size, 1));
    for (size_t i = 0; i < size; ++i) {
      if (clean[i] != 0) return 1;
    }
    free(clean);
  }
  return 0;
}
