// Numbers as text for which there is hardly any room: glibc takes one byte for room without an end.
// expect: nothing
#define _GNU_SOURCE
#include <stdlib.h>

#include "../misuse.h"

static void make(size_t room, const char* format, double value, const char* expected) {
  const size_t bound = room == 0 ? 1 : room;
  char* text = hide(malloc(bound));
  memset(text, 'Z', bound);
  const int length = (int)strlen(expected);
  if (strfromd(text, room, format, value) != length || strfromf(text, room, format, (float)value) != length ||
      strfroml(text, room, format, value) != length || strfromf64(text, room, format, value) != length)
    abort();
  if (room == 0 ? text[0] != 'Z' : strncmp(text, expected, room - 1) != 0 || text[room - 1] != '\0') abort();
  free(text);
}

int main(void) {
  for (size_t room = 0; room <= 13; ++room) make(room, "%.10f", 1.5, "1.5000000000");
  // A bound beyond the block is no bug where less comes.
  char* text = hide(malloc(4));
  if (strfromd(text, 100, "%g", 1.5) != 3 || strcmp(text, "1.5") != 0) abort();
  free(text);
  return 0;
}
