/* Threads that allocate for the first time in a destructor of a thread key, in its last round even, and whose
   stacks are gone when others look at all threads. */
#include <malloc.h>
#include <pthread.h>
#include <sys/mman.h>
#include <threads.h>

#include "check.h"

enum { kRounds = 4, kStack = 1 << 18 };

static pthread_key_t key;
static tss_t standard_key;
static long first_round; /* in which a destructor allocates */
static int freed;

static void use_heap(long round) {
  if (round < first_round) return;
  free(OPAQUE(malloc(40)));
  ++freed;
}

static void destroy(void* value) {
  const long round = (long)value;
  use_heap(round);
  if (round < kRounds) CHECK(pthread_setspecific(key, (void*)(round + 1)) == 0);
}

static void destroy_standard(void* value) {
  const long round = (long)value;
  use_heap(round);
  if (round < kRounds) CHECK(tss_set(standard_key, (void*)(round + 1)) == thrd_success);
}

static void* set_value(void* unused) {
  pthread_setspecific(key, (void*)1L);
  return unused;
}

static void* set_standard_value(void* unused) {
  tss_set(standard_key, (void*)1L);
  return unused;
}

static void run(void* (*body)(void*)) {
  char* const stack = mmap(NULL, kStack, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(stack != MAP_FAILED);
  pthread_attr_t attributes;
  CHECK(pthread_attr_init(&attributes) == 0 && pthread_attr_setstack(&attributes, stack, kStack) == 0);
  pthread_t thread;
  CHECK(pthread_create(&thread, &attributes, body, NULL) == 0 && pthread_join(thread, NULL) == 0);
  pthread_attr_destroy(&attributes);
  CHECK(munmap(stack, kStack) == 0);
  malloc_trim(0); /* looks at all threads that there are */
}

int main(void) {
  CHECK(pthread_key_create(&key, destroy) == 0 &&
        tss_create(&standard_key, destroy_standard) == thrd_success);
  for (first_round = 1; first_round <= kRounds; ++first_round) {
    freed = 0;
    run(set_value);
    run(set_standard_value);
    CHECK(freed == 2 * (kRounds + 1 - first_round));
  }
  return 0;
}
