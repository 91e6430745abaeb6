// main ends by pthread_exit; a worker goes on allocating and ends the process.
// expect: nothing
#include <pthread.h>
#include <unistd.h>

#include "../misuse.h"

static char* from_main;

static void* work(void* main_thread) {
  pthread_join(*(pthread_t*)main_thread, NULL);
  for (int i = 0; i < 1000; ++i) free(hide(malloc(100)));
  free(from_main);
  exit(0);
}

int main(void) {
  static pthread_t self, thread;
  self = pthread_self();
  from_main = hide(malloc(400));
  pthread_create(&thread, NULL, work, &self);
  pthread_exit(NULL);
}
