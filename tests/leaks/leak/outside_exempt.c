// Blocks from before and from after the calls that exempt some; one of another thread in between.
// leak: Direct leak: 20 bytes in 1 block, take < lose < main
// leak: Direct leak: 20 bytes in 1 block, take < lose < main
// leak: Direct leak: 20 bytes in 1 block, take < lose < work
#include "../leaks.h"

__attribute__((noinline)) static void lose(void) { ((char*)take(20))[3] = 1; }

static void* work(void* unused) {
  lose();
  clear_stack();
  return unused;
}

int main(void) {
  lose();
  __lsan_disable();
  __lsan_disable();
  ((char*)take(100))[3] = 1;
  __lsan_enable();
  ((char*)take(200))[3] = 1;
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  pthread_join(thread, NULL);
  __lsan_enable();
  lose();
  clear_stack();
  return 0;
}
