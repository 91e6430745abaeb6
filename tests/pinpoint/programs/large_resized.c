// status: 134
// A large block that grows step by step, and is damaged when it has come to its last size; and others that
// are not.
#include "pinpoint/programs/pinpoint.h"

static NOINLINE void end_string(char* text, long length) { poke(text, length, 0, 1); }

static NOINLINE char* grow(char* text, long length) {
  char* const grown = realloc(text, length);
  poke(grown, length - 1, 'a', 1);
  return grown;
}

int main(void) {
  char* text = malloc(600000);
  char* const other = grow(malloc(600000), 800000);
  for (long length = 601000; length <= 640000; length += 13000) text = grow(text, length);
  end_string(text, 640000);
  free(other);
  free(text);
  return 0;
}
