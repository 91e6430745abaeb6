// Records what a program asks of its allocator: LD_PRELOAD of a program of which pieces become inputs of the
// harnesses (fuzz/traces/convert.py). Each process writes PADLOCK_RECORD/<name>.<pid>: records of 32 bytes,
// in the order in which calls returned. What operators new and delete ask for comes by malloc and free.
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { kMalloc = 1, kCalloc, kRealloc, kAligned, kFree };

struct Record {
  uint64_t result;
  uint64_t pointer;  // of realloc and free; of an aligned allocation its alignment
  uint64_t size;
  uint32_t call;
  uint32_t thread;
};

static void* (*next_malloc)(size_t);
static void* (*next_calloc)(size_t, size_t);
static void* (*next_realloc)(void*, size_t);
static void* (*next_aligned)(size_t, size_t);
static void (*next_free)(void*);

static struct Record records[2048];
static size_t recorded;
static int file = -1;
static int begun;
static pid_t owner;
static char folder[2048] = ".";
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static __thread int inside;

// What dlsym asks for before there is an allocator to ask.
static char early[65536];
static size_t early_used;

static void find_next(void) {
  if (next_free != NULL || inside) return;
  inside = 1;
  next_malloc = (void* (*)(size_t))dlsym(RTLD_NEXT, "malloc");
  next_calloc = (void* (*)(size_t, size_t))dlsym(RTLD_NEXT, "calloc");
  next_realloc = (void* (*)(void*, size_t))dlsym(RTLD_NEXT, "realloc");
  next_aligned = (void* (*)(size_t, size_t))dlsym(RTLD_NEXT, "memalign");
  next_free = (void (*)(void*))dlsym(RTLD_NEXT, "free");
  inside = 0;
}

static int is_early(const void* pointer) {
  return (const char*)pointer >= early && (const char*)pointer < early + sizeof early;
}

static void* take_early(size_t size) {
  char* const memory = early + early_used;
  early_used += (size + 15) / 16 * 16;
  return early_used <= sizeof early ? memory : NULL;
}

static void write_out(void) {
  if (file >= 0 && write(file, records, recorded * sizeof records[0]) < 0) file = -1;
  recorded = 0;
}

// A child that was forked goes on in a file of its own, from its parent's blocks.
static void open_file(void) {
  if (owner == getpid()) return;
  owner = getpid();
  recorded = 0;
  char path[4096];
  snprintf(path, sizeof path, "%s/%s.%d", folder, program_invocation_short_name, (int)owner);
  file = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
}

static void record(uint32_t call, const void* result, uint64_t pointer, uint64_t size) {
  if (inside || !begun) return;
  inside = 1;
  const int before = errno;
  pthread_mutex_lock(&mutex);
  open_file();
  records[recorded++] = (struct Record){(uintptr_t)result, pointer, size, call, (uint32_t)gettid()};
  if (recorded == sizeof records / sizeof records[0]) write_out();
  pthread_mutex_unlock(&mutex);
  errno = before;
  inside = 0;
}

// The environment cannot be read later: it may be what a block is asked for.
__attribute__((constructor)) static void begin(void) {
  if (getenv("PADLOCK_RECORD") != NULL) snprintf(folder, sizeof folder, "%s", getenv("PADLOCK_RECORD"));
  begun = 1;
}

__attribute__((destructor)) static void finish(void) {
  pthread_mutex_lock(&mutex);
  if (owner == getpid()) write_out();
  pthread_mutex_unlock(&mutex);
}

void* malloc(size_t size) {
  find_next();
  if (next_malloc == NULL) return take_early(size);
  void* const result = next_malloc(size);
  record(kMalloc, result, 0, size);
  return result;
}

void* calloc(size_t count, size_t size) {
  find_next();
  if (next_calloc == NULL) return take_early(count * size);
  void* const result = next_calloc(count, size);
  record(kCalloc, result, 0, count * size);
  return result;
}

void* realloc(void* pointer, size_t size) {
  find_next();
  const uintptr_t before = (uintptr_t)pointer;
  void* const result = next_realloc(pointer, size);
  record(kRealloc, result, before, size);
  return result;
}

void* memalign(size_t alignment, size_t size) {
  find_next();
  void* const result = next_aligned(alignment, size);
  record(kAligned, result, alignment, size);
  return result;
}

void* aligned_alloc(size_t alignment, size_t size) { return memalign(alignment, size); }

int posix_memalign(void** result, size_t alignment, size_t size) {
  void* const memory = memalign(alignment, size);
  if (memory == NULL) return ENOMEM;
  *result = memory;
  return 0;
}

void free(void* pointer) {
  find_next();
  if (pointer == NULL || is_early(pointer)) return;
  record(kFree, NULL, (uintptr_t)pointer, 0);
  next_free(pointer);
}
