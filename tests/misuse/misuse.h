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

/* Whether overwrite() wrote: a program that begins again after that has its damage reported. */
static int has_overwritten;

static NOINLINE void refuse_to_begin_again(void) {
  static const char message[] =
      "must_change() after overwrite(): look at every byte before the first write\n";
  if (write(2, message, sizeof message - 1) < 0) abort();
  abort();
}

static NOINLINE void begin_again(void) {
  char path[4096];
  const ssize_t length = readlink("/proc/self/exe", path, sizeof path - 1);
  path[length < 0 ? 0 : length] = 0;
  char* const arguments[] = {path, NULL};
  execv(path, arguments);
  abort();
}

/* A byte of a padding or of freed memory may have any value, and a write of the very same is not seen; one of
 * a value close by is taken for a flag or a counter. If a byte has such a value, the program begins again,
 * with other keys. */
static inline int is_close(int before, int after) {
  const int step = (after - before) & 0xff;
  return __builtin_popcount((before ^ after) & 0xff) < 2 || step == 1 || step == 0xff;
}

static inline void must_change(const void* pointer, long offset, int value, long count) {
  if (has_overwritten) refuse_to_begin_again();
  const volatile unsigned char* bytes = (const volatile unsigned char*)hide((void*)pointer);
  for (long i = 0; i < count; ++i) {
    if (count > 1 ? bytes[offset + i] == (unsigned char)value : is_close(bytes[offset + i], value))
      begin_again();
  }
}

/* poke() that changes every byte. */
static inline void overwrite(void* pointer, long offset, int value, long count) {
  must_change(pointer, offset, value, count);
  has_overwritten = 1;
  poke(pointer, offset, value, count);
}

/* overwrite() with the bytes of a text, without its end. */
static inline void overwrite_with(void* pointer, long offset, const char* text) {
  for (long i = 0; text[i] != '\0'; ++i) must_change(pointer, offset + i, text[i], 1);
  has_overwritten = 1;
  for (long i = 0; text[i] != '\0'; ++i) poke(pointer, offset + i, text[i], 1);
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
