// Through a function that takes a list of arguments.
// expect: heap-buffer-overflow
#include <stdarg.h>
#include <stdio.h>

#include "../misuse.h"

static NOINLINE void say(const char* format, ...) {
  char text[100];
  va_list list;
  va_start(list, format);
  vsnprintf(text, sizeof text, format, list);
  va_end(list);
}

int main(void) {
  char* block = hide(malloc(6));
  memset(block, 65, 6);
  say("%c%s", 'x', block);
  free(block);
  return 0;
}
