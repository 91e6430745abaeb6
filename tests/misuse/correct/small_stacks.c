// Threads with the smallest stack that the system allows.
// expect: nothing
#include <limits.h>
#include <pthread.h>

#include "../misuse.h"

static void* work(void* unused) {
  (void)unused;
  for (size_t i = 0; i < 300; ++i) free(hide(realloc(hide(malloc(i)), i * 50)));
  return hide(malloc(300000));
}

int main(void) {
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  if (pthread_attr_setstacksize(&attributes, (size_t)PTHREAD_STACK_MIN) != 0) return 1;
  for (int i = 0; i < 20; ++i) {
    pthread_t thread;
    void* result = NULL;
    if (pthread_create(&thread, &attributes, work, NULL) != 0) return 2;
    pthread_join(thread, &result);
    free(result);
  }
  return 0;
}
