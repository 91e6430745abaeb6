// Another thread comes across a thousand blocks that were written to late, in one call. When it has begun to
// report them, this one calls exit().
#include <malloc.h>
#include <padlock/padlock.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdlib.h>
#include <unistd.h>

enum { kBlocks = 1000 };
static volatile unsigned char* blocks[kBlocks];
static sem_t begun;

static void note(const struct padlock_fault* fault, void* unused) {
  (void)fault;
  (void)unused;
  sem_post(&begun);
}

static void* find_all(void* unused) {
  for (int i = 0; i < kBlocks; ++i) blocks[i] = malloc(60);
  for (int i = 0; i < kBlocks; ++i) free((void*)blocks[i]);
  for (int i = 0; i < kBlocks; ++i) blocks[i][9] ^= 7;
  malloc_trim(0);
  for (;;) pause();
  return unused;
}

int main(void) {
  sem_init(&begun, 0, 0);
  padlock_set_fault_callback(note, NULL);
  pthread_t thread;
  pthread_create(&thread, NULL, find_all, NULL);
  sem_wait(&begun);
  exit(0);
}
