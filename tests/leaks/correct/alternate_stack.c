// A thread that waits in a handler on an alternate stack, with a block on it and one on its own.
#include <semaphore.h>
#include <signal.h>
#include <unistd.h>
#include "../leaks.h"

static sem_t ready;

static void wait_here(int signal) {
  void* volatile block = take(33);
  clear_stack();
  sem_post(&ready);
  while (signal != 0 && block != NULL) pause();
}

static void* work(void* unused) {
  stack_t alternate = {.ss_sp = malloc(65536), .ss_size = 65536};
  sigaltstack(&alternate, NULL);
  struct sigaction action = {.sa_handler = wait_here, .sa_flags = SA_ONSTACK};
  sigaction(SIGUSR1, &action, NULL);
  void* volatile block = take(34);
  clear_stack();
  raise(SIGUSR1);
  return block != NULL ? unused : NULL;
}

int main(void) {
  sem_init(&ready, 0, 0);
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  while (sem_wait(&ready) != 0) {
  }
  clear_stack();
  exit(0);
}
