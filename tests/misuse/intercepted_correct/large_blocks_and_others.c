// Large blocks come, grow and go beside memory of the program's own; all of each is used, by calls.
// expect: nothing
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../misuse.h"

enum { kRounds = 200, kStep = 300000 };

static void* use(void* unused) {
  char local[4000];
  for (int i = 0; i < kRounds; ++i) {
    const size_t size = kStep + (size_t)i * 1000;
    char* block = (char*)hide(malloc(size));
    memset(block, 'a', size - 1);
    block[size - 1] = '\0';
    if (strlen(block) != size - 1) abort();
    memcpy(local, block + size - sizeof local, sizeof local);
    if (strcmp(local, block + size - sizeof local) != 0) abort();
    block = (char*)hide(realloc(block, 2 * size));
    memcpy(block + size, block, size);
    if (memcmp(block, block + size, size) != 0) abort();
    char* mapped = (char*)mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    memcpy(mapped, block, 8192);
    snprintf(mapped, 8192, "%s %d", local, i);
    free(block);
    memset(mapped, 0, 8192);
    munmap(mapped, 8192);
  }
  return unused;
}

int main(void) {
  pthread_t threads[3];
  for (int i = 0; i < 3; ++i) pthread_create(&threads[i], NULL, use, NULL);
  use(NULL);
  for (int i = 0; i < 3; ++i) pthread_join(threads[i], NULL);
  // A bound beyond the block, and fewer bytes that come.
  int ends[2];
  if (pipe(ends) != 0 || write(ends[1], "hello", 5) != 5) abort();
  char* block = (char*)hide(malloc(kStep));
  if (read(ends[0], block + kStep - 5, 4096) != 5 || memcmp(block + kStep - 5, "hello", 5) != 0) abort();
  free(block);
  return 0;
}
