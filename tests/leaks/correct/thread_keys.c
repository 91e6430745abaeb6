// Behind keys of threads: some lie in the thread's descriptor, some in blocks of libc's.
#include <semaphore.h>
#include <unistd.h>
#include "../leaks.h"

static sem_t ready;
static pthread_key_t keys[100];

static void set_keys(void) {
  for (int i = 0; i < 100; i += 9) pthread_setspecific(keys[i], take(64));
}

static void* work(void* unused) {
  set_keys();
  clear_stack();
  sem_post(&ready);
  for (;;) pause();
  return unused;
}

int main(void) {
  sem_init(&ready, 0, 0);
  for (int i = 0; i < 100; ++i) pthread_key_create(&keys[i], NULL);
  set_keys();
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  while (sem_wait(&ready) != 0) {
  }
  clear_stack();
  exit(0);
}
