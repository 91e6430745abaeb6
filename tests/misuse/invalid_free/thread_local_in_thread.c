// A variable that each thread has one of: another thread's lies on top of its stack.
// expect: invalid-free
#include <pthread.h>

#include "../misuse.h"

static __thread long counter __attribute__((aligned(16)));

static void* run(void* argument) {
  free(hide(&counter));
  return argument;
}

int main(void) {
  pthread_t thread;
  pthread_create(&thread, NULL, run, NULL);
  pthread_join(thread, NULL);
  return 0;
}
