// Fields whose input ends early, texts whose NUL the next conversion writes over.
// expect: nothing
#define _GNU_SOURCE
#include <stdio.h>
#include <wchar.h>

#include "../misuse.h"

static void input_ends_within_a_field(void) {
  char* three = hide(malloc(3));
  if (sscanf("abc", "%5c", three) != 1 || memcmp(three, "abc", 3) != 0) abort();
  wchar_t* wide = hide(malloc(2 * sizeof *wide));
  if (sscanf("xy", "%5lc", wide) != 1 || wide[1] != L'y') abort();
  int number = 0;
  if (sscanf("7 abc", "%d %9c", &number, three) != 2 || number != 7) abort();
  free(wide);
  free(three);
}

static void text_that_is_filled_up(const char* input, const char* format, const char* whole) {
  size_t size = strlen(whole);
  char* tag = hide(malloc(size));
  if (sscanf(input, format, tag, tag + size - 1) != 2 || memcmp(tag, whole, size) != 0) abort();
  free(tag);
}

int main(void) {
  for (int i = 0; i < 3; ++i) {
    input_ends_within_a_field();
    text_that_is_filled_up("abcx", "%3s%c", "abcx");
    text_that_is_filled_up("abc x", "%s %c", "abcx");
    text_that_is_filled_up("abc-x", "%[a-c]-%c", "abcx");
  }
  wchar_t* wide = hide(malloc(4 * sizeof *wide));
  if (sscanf("abc x", "%ls %lc", wide, wide + 3) != 2 || wide[3] != L'x') abort();
  free(wide);
  return 0;
}
