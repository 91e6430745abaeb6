// Threads that are cancelled in calls with a bound beyond their block leave no memory behind.
// expect: nothing
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "../misuse.h"

enum { kThreads = 20, kBound = 16 << 20 };

static int ends[2];

static void* reads(void* unused) {
  char* block = hide(malloc(100));
  pthread_cleanup_push(free, block);
  read(ends[0], block, kBound);
  pthread_cleanup_pop(1);
  return unused;
}

static long mapped_pages(void) {
  long pages = 0;
  FILE* file = fopen("/proc/self/statm", "r");
  if (file == NULL || fscanf(file, "%ld", &pages) != 1) abort();
  fclose(file);
  return pages;
}

static void cancel_one(void) {
  pthread_t thread;
  void* result = NULL;
  if (pthread_create(&thread, NULL, reads, NULL) != 0) abort();
  pthread_cancel(thread);
  pthread_join(thread, &result);
  if (result != PTHREAD_CANCELED) abort();
}

int main(void) {
  if (pipe(ends) != 0) return 1;
  cancel_one();
  const long before = mapped_pages();
  for (int i = 0; i < kThreads; ++i) cancel_one();
  // Of the pages of twenty calls, less than those of five.
  return (mapped_pages() - before) * sysconf(_SC_PAGESIZE) > 5L * kBound;
}
