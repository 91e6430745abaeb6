/* SIGUSR2 with check_on_signal=1 while the thread writes a report: the heap is checked after its next
 * allocation. The report of a double free is stuck in a full pipe until the signal has come. */
#include "stuck_report.h"

#include <pthread.h>

static pthread_t main_pthread;

static void* send_signal(void* unused) {
  wait_until_stuck(getpid());
  CHECK(pthread_kill(main_pthread, SIGUSR2) == 0);
  release();
  return NULL;
}

int main(int argc, char** argv) {
  pthread_t sender;
  if (argc == 1) return watch(argv[0], "");
  main_pthread = pthread_self();
  char* overflown = malloc(30);
  const char canary = overflown[30];
  spoil(overflown, 31);
  char* twice = malloc(100);
  free(twice);
  CHECK(pthread_create(&sender, NULL, send_signal, NULL) == 0);
  free(OPAQUE(twice));
  free(OPAQUE(malloc(1)));
  overflown[30] = canary; /* so that nothing is found later */
  CHECK(pthread_join(sender, NULL) == 0);
  return 0;
}
