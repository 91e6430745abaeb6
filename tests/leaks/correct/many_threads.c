// Threads that allocate, free, start others and end while the process is looked at again and again.
#include "../leaks.h"

static volatile int end;

static void* pass_by(void* unused) {
  free(malloc(10));
  return unused;
}

static void* work(void* unused) {
  void* kept[16] = {NULL};
  for (unsigned i = 0; !end; ++i) {
    free(kept[i % 16]);
    kept[i % 16] = malloc(i % 300);
  }
  for (int i = 0; i < 16; ++i) free(kept[i]);
  return unused;
}

static void* come_and_go(void* unused) {
  while (!end) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, pass_by, NULL) == 0) pthread_join(thread, NULL);
  }
  return unused;
}

int main(void) {
  pthread_t threads[4];
  for (int i = 0; i < 4; ++i) pthread_create(&threads[i], NULL, i == 0 ? come_and_go : work, NULL);
  int found = 0;
  for (int i = 0; i < 20; ++i) found += __lsan_do_recoverable_leak_check();
  end = 1;
  for (int i = 0; i < 4; ++i) pthread_join(threads[i], NULL);
  return found;
}
