// The program gives a letter another meaning and number of arguments.
// expect: nothing
#include <printf.h>
#include <stdio.h>

#include "../misuse.h"

static int print(FILE* file, const struct printf_info* info, const void* const* arguments) {
  const char* text = *(const char* const*)arguments[0];
  const int length = *(const int*)arguments[1];
  return (int)fwrite(text, 1, (size_t)length, file);
}
static int takes(const struct printf_info* info, size_t count, int* types, int* sizes) {
  if (count > 0) types[0] = PA_POINTER;
  if (count > 1) types[1] = PA_INT;
  return 2;
}

int main(void) {
  if (register_printf_specifier('Y', print, takes) != 0) return 1;
  FILE* file = fopen("/dev/null", "w");
  char* field = hide(malloc(4));
  memset(field, 'a', 4);
  if (fprintf(file, "%Y and %d", field, 4, 5) != 10) return 1;
  fclose(file);
  free(field);
  return 0;
}
