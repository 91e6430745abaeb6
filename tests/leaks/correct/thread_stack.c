// On the stacks of threads: one of libc's, one in a block, one in memory that the program has mapped.
#include <semaphore.h>
#include <sys/mman.h>
#include <unistd.h>
#include "../leaks.h"

enum { SIZE = 256 * 1024 };
static sem_t ready;

static void* work(void* unused) {
  void* volatile pointer = take(70);
  clear_stack();
  sem_post(&ready);
  for (;;) pause();
  return pointer != NULL ? unused : NULL;
}

static void start(void* stack) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  if (stack != NULL) pthread_attr_setstack(&attributes, stack, SIZE);
  pthread_t thread;
  if (pthread_create(&thread, &attributes, work, NULL) != 0) abort();
  pthread_attr_destroy(&attributes);
  while (sem_wait(&ready) != 0) {
  }
}

int main(void) {
  sem_init(&ready, 0, 0);
  start(NULL);
  void* in_block = NULL;
  if (posix_memalign(&in_block, 4096, SIZE) != 0) abort();
  start(in_block);
  start(mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK, -1, 0));
  clear_stack();
  exit(0);
}
