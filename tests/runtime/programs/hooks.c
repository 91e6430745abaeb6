/* A library to preload that stands in front of functions of libc's and allocates there, as memory tracers,
   MPI libraries and libfaketime do. The hooks of memory functions, which Padlock calls too, allocate once per
   call. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>

static void allocate(void) {
  char* volatile block = malloc(64);
  block = realloc(block, 200);
  free(block);
}

#define HOOK(name)                                            \
  long name(long a, long b, long c, long d, long e, long f) { \
    static long (*next)(long, long, long, long, long, long);  \
    if (next == NULL) next = (void*)dlsym(RTLD_NEXT, #name);  \
    allocate();                                               \
    return next(a, b, c, d, e, f);                            \
  }

HOOK(mmap)
HOOK(munmap)
HOOK(mremap)
HOOK(mprotect)
HOOK(madvise)
HOOK(clock_gettime)
HOOK(sched_yield)
HOOK(sched_getaffinity)
HOOK(getauxval)
HOOK(getrlimit)
HOOK(sigaction)
HOOK(syscall)
HOOK(getpid)
HOOK(nanosleep)
HOOK(write)

/* As a compiler may not see it: that would make them call themselves. */
#define COPY __attribute__((optimize("no-tree-loop-distribute-patterns")))

COPY void* memcpy(void* to, const void* from, size_t size) {
  free(malloc(64));
  for (size_t i = 0; i < size; ++i) ((char*)to)[i] = ((const char*)from)[i];
  return to;
}

COPY void* memset(void* to, int byte, size_t size) {
  free(malloc(64));
  for (size_t i = 0; i < size; ++i) ((char*)to)[i] = byte;
  return to;
}
