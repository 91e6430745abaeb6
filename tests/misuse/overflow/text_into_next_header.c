// A text that ends inside the next block's header: 6 of its bytes there are proven, and all of it is quoted.
// expect: heap-buffer-overflow
#include "../misuse.h"

int main(void) {
  char *first, *second;
  adjacent_blocks(24, &first, &second);
  static const char text[] = "The name of a ship";
  for (int i = 0; i < 8; ++i) must_change(first, 24 + i, text[i], 1);
  for (int i = 0; text[i] != '\0'; ++i) poke(first, 24 + i, text[i], 1);
  free(first);
  return 0;
}
