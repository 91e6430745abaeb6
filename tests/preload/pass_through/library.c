// What a libc function is to Padlock: variadic, and it looks at its caller.
#include <stdarg.h>
#include <stddef.h>

long total(void** caller, int count, ...) {
  *caller = __builtin_return_address(0);
  long sum = 0;
  va_list numbers;
  va_start(numbers, count);
  for (int i = 0; i < count; ++i) sum += va_arg(numbers, long);
  va_end(numbers);
  return sum;
}
