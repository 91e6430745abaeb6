// Two threads that ended lost a block each, of the same stack.
// leak: Direct leak: 60 bytes in 2 blocks, take < lose < work
#include "../leaks.h"

__attribute__((noinline)) static void lose(void) { ((char*)take(30))[3] = 1; }

static void* work(void* unused) {
  lose();
  clear_stack();
  return unused;
}

int main(void) {
  for (int i = 0; i < 2; ++i) {
    pthread_t thread;
    pthread_create(&thread, NULL, work, NULL);
    pthread_join(thread, NULL);
  }
  clear_stack();
  return 0;
}
