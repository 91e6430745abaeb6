// As one that was linked before glibc 2.14, whose memcpy is memmove.
#include <string.h>

__asm__(".symver memcpy, memcpy@GLIBC_2.2.5");

void* copy_as_before(void* to, const void* from, size_t size) { return memcpy(to, from, size); }

// Calls from here.
void call_from_old_library(void (*function)(void*), void* argument) {
  function(argument);
  __asm__ volatile("" ::: "memory");  // no jump
}
