/* A program that locks all its memory, now and later; ends with 77 where it may not. Without an argument
   threads allocate meanwhile, and everything can be freed afterwards; `figures`: prints how many KB are
   locked and how many in memory, after some blocks before and some behind the call. */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>

#include "check.h"

enum { kBlocks = 400, kThreads = 2, kRounds = 20 };

static void lock_all(void) {
  if (mlockall(MCL_CURRENT | MCL_FUTURE) != 0) exit(77);
}

static size_t size_of(unsigned number) { return number % 50 == 0 ? 40000 : 16 + number * 37 % 2000; }

static void check(const char* block, unsigned number) {
  const char expected = (char)number;
  for (size_t i = 0; i < size_of(number); ++i) CHECK(block[i] == expected);
}

static char* make(unsigned number) {
  char* block = OPAQUE(malloc(size_of(number)));
  CHECK(block != NULL);
  return memset(block, (char)number, size_of(number));
}

static void print_figures(void) {
  for (unsigned i = 0; i < 50; ++i) make(i);
  lock_all();
  for (unsigned i = 0; i < 1000; ++i) make(i);
  char line[256];
  FILE* status = fopen("/proc/self/status", "r");
  CHECK(status != NULL);
  long kilobytes;
  while (fgets(line, sizeof line, status) != NULL) {
    if (sscanf(line, "VmLck: %ld", &kilobytes) == 1 || sscanf(line, "VmRSS: %ld", &kilobytes) == 1)
      printf("%ld\n", kilobytes);
  }
}

static atomic_int done;

static void* churn(void* seed) {
  unsigned number = *(unsigned*)seed;
  unsigned numbers[kBlocks];
  char* blocks[kBlocks];
  for (unsigned i = 0; i < kBlocks; ++i) blocks[i] = make(numbers[i] = number++);
  while (!done) {
    const unsigned i = number * 2654435761u % kBlocks;
    check(blocks[i], numbers[i]);
    free(blocks[i]);
    blocks[i] = make(numbers[i] = number++);
  }
  for (unsigned i = 0; i < kBlocks; ++i) {
    check(blocks[i], numbers[i]);
    free(blocks[i]);
  }
  return NULL;
}

int main(int count, char** words) {
  if (count > 1) {
    print_figures();
    return 0;
  }
  char* before[kBlocks];
  for (unsigned i = 0; i < kBlocks; ++i) before[i] = make(i);
  char* large = OPAQUE(malloc(3 << 20));
  CHECK(large != NULL);
  memset(large, 1, 3 << 20);
  pthread_t threads[kThreads];
  unsigned seeds[kThreads];
  for (unsigned i = 0; i < kThreads; ++i) {
    seeds[i] = 1000000 * (i + 1);
    CHECK(pthread_create(&threads[i], NULL, churn, &seeds[i]) == 0);
  }
  for (unsigned round = 0; round < kRounds; ++round) {
    lock_all();
    char* block = make(round);
    char* longer = OPAQUE(realloc(make(7), 300000));
    CHECK(longer != NULL && longer[0] == 7);
    free(longer);
    check(block, round);
    free(block);
    CHECK(munlockall() == 0);
    free(make(3)); /* before the next round, in a segment of any length */
  }
  CHECK(mlockall(MCL_CURRENT) == 0);
  CHECK(mlockall(~0) != 0);
  done = 1;
  for (unsigned i = 0; i < kThreads; ++i) CHECK(pthread_join(threads[i], NULL) == 0);
  for (unsigned i = 0; i < kBlocks; ++i) {
    check(before[i], i);
    free(before[i]);
  }
  large = OPAQUE(realloc(large, 5 << 20));
  CHECK(large != NULL && large[(3 << 20) - 1] == 1);
  free(large);
  return 0;
}
