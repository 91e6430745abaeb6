/* A program that puts functions of its own in front of malloc and free, counts the calls, and hands them on:
 * what they hand on to is Padlock. One block is overrun. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

static int calls;

void* malloc(size_t size) {
  static void* (*next)(size_t);
  if (next == 0) next = (void* (*)(size_t))dlsym(RTLD_NEXT, "malloc");
  ++calls;
  return next(size);
}

void free(void* pointer) {
  static void (*next)(void*);
  if (next == 0) next = (void (*)(void*))dlsym(RTLD_NEXT, "free");
  next(pointer);
}

int main(void) {
  char* volatile block = (char*)malloc(24);
  memset(block, 0, 25);
  free(block);
  return calls == 0;
}
