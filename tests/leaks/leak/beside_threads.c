// Lost by one thread while another waits and a third computes.
// leak: Direct leak: 77 bytes in 1 block, take < lose < main
#include <unistd.h>
#include "../leaks.h"

static volatile int end;

static void* wait_for_ever(void* unused) {
  for (;;) pause();
  return unused;
}
static void* compute(void* unused) {
  while (!end) {
  }
  return unused;
}

__attribute__((noinline)) static void lose(void) { ((char*)take(77))[3] = 1; }

int main(void) {
  pthread_t threads[2];
  pthread_create(&threads[0], NULL, wait_for_ever, NULL);
  pthread_create(&threads[1], NULL, compute, NULL);
  lose();
  clear_stack();
  exit(0);
}
