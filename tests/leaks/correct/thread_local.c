// In the thread-local data of the first thread and of one that still runs.
#include <semaphore.h>
#include <unistd.h>
#include "../leaks.h"

__thread void* mine;
static sem_t ready;

void* work(void* unused) {
  mine = take(50);
  clear_stack();
  sem_post(&ready);
  for (;;) pause();
  return unused;
}

int main(void) {
  sem_init(&ready, 0, 0);
  mine = take(60);
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  while (sem_wait(&ready) != 0) {
  }
  clear_stack();
  exit(0);
}
