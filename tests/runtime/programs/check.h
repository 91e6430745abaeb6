// What the programs of this folder share: each is correct, runs under Padlock, and ends with 0 if everything
// it asked about was as it should be.
#pragma once

#include <stdio.h>
#include <stdlib.h>

#define CHECK(condition)                                                      \
  do {                                                                        \
    if (!(condition)) {                                                       \
      fprintf(stderr, "%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
      exit(1);                                                                \
    }                                                                         \
  } while (0)

/* Changes every one of these bytes, whatever they are: a padding may hold any value but zero. */
static inline void spoil(void* begin, size_t length) {
  volatile unsigned char* bytes = (volatile unsigned char*)begin;
  for (size_t i = 0; i < length; ++i) bytes[i] ^= 0x55;
}

/* Keeps the compiler from knowing anything about a value. */
#define OPAQUE(value)                             \
  ({                                              \
    __typeof__(value) volatile opaque_ = (value); \
    opaque_;                                      \
  })
