/* For programs that leak, or seem to: what is left on a stack must not decide. */
#pragma once

#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

void __lsan_disable(void) __attribute__((weak));
void __lsan_enable(void) __attribute__((weak));
void __lsan_ignore_object(const void* block) __attribute__((weak));
void __lsan_register_root_region(const void* memory, size_t size) __attribute__((weak));
void __lsan_unregister_root_region(const void* memory, size_t size) __attribute__((weak));
void __lsan_do_leak_check(void) __attribute__((weak));
int __lsan_do_recoverable_leak_check(void) __attribute__((weak));

/* Nothing of what functions left below the caller's frame stays. */
__attribute__((noinline, unused)) static void clear_stack(void) {
  volatile char room[16384];
  for (size_t i = 0; i < sizeof room; ++i) room[i] = 0;
}

/* Allocates in a frame that is gone by the time of the check. */
__attribute__((noinline, unused)) static void* take(size_t size) {
  void* block = malloc(size);
  if (block == NULL) abort();
  memset(block, 0, size);
  return block;
}

#ifdef __cplusplus
}
#endif
