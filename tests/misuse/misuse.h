/* What these programs share: ways to keep the optimizer from seeing through a bug, and neighbours on the
 * heap. */
#ifndef PADLOCK_MISUSE_H
#define PADLOCK_MISUSE_H

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline))

/* The same pointer, of which the compiler knows nothing any more. */
static inline void* hide(void* pointer) {
  __asm__ volatile("" : "+r"(pointer) : : "memory");
  return pointer;
}

/* Stores that are neither dropped nor merged into a library call. */
static inline void poke(void* pointer, long offset, int value, long count) {
  volatile char* bytes = (volatile char*)hide(pointer);
  for (long i = 0; i < count; ++i) bytes[offset + i] = (char)value;
}

/* A byte of a padding may have any value but zero; a write of the very same is not seen. Where it has, the
 * program begins again, with other keys: so what it writes next is seen to its first and last byte. */
static inline void must_change(const void* pointer, long offset, int value) {
  const volatile unsigned char* bytes = (const volatile unsigned char*)hide((void*)pointer);
  char* const again[] = {(char*)"/proc/self/exe", NULL};
  if (bytes[offset] == (unsigned char)value) execv(again[0], again);
}

/* poke(), on bytes of which neither the first nor the last one stays as it was. */
static inline void overwrite(void* pointer, long offset, int value, long count) {
  must_change(pointer, offset, value);
  must_change(pointer, offset + count - 1, value);
  poke(pointer, offset, value, count);
}

/* Two live blocks of `size` bytes of which the second lies directly behind the first. */
static inline void adjacent_blocks(size_t size, char** first, char** second) {
  *first = (char*)malloc(size);
  for (int i = 0; i < 1000; ++i) {
    *second = (char*)malloc(size);
    if (*second > *first && (size_t)(*second - *first) < size + 64) return;
    *first = *second;
  }
  abort();
}

#endif
