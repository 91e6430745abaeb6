// Fields without a NUL, and a precision that ends in them.
// expect: nothing
#include <stdio.h>
#include <wchar.h>

#include "../misuse.h"

int main(void) {
  FILE* file = fopen("/dev/null", "w");
  char* field = hide(malloc(5));
  memcpy(field, "12345", 5);
  fprintf(file, "%.5s|%.3s|%.*s|%-10.5s|%.0s", field, field, 5, field, field, field + 5);
  fprintf(file, "%2$s %1$d", 7, "positions");
  fprintf(file, "%.*s", -1, "whole");
  char* text = hide(strdup("exactly"));
  fprintf(file, "%s %s %5.1f %Lf %%%c %p %m %lld %zu", text, (char*)NULL, 1.5, 2.5L, 'c', text, 5LL,
          (size_t)6);
  wchar_t* wide = hide(malloc(2 * sizeof *wide));
  wide[0] = wide[1] = L'w';
  fprintf(file, "%.2ls", wide);
  int* count = hide(malloc(sizeof *count));
  fprintf(file, "abc%n", count);
  if (*count != 3) return 1;
  fclose(file);
  free(field);
  free(text);
  free(wide);
  free(count);
  return 0;
}
