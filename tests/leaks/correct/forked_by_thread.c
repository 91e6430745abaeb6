// A child forked by one of several threads: the others' stacks are gone, their blocks are the parent's.
#include <semaphore.h>
#include <sys/wait.h>
#include <unistd.h>
#include "../leaks.h"

static sem_t ready;

static void* work(void* unused) {
  void* volatile pointer = take(70);
  clear_stack();
  sem_post(&ready);
  for (;;) pause();
  return pointer != NULL ? unused : NULL;
}

int main(void) {
  sem_init(&ready, 0, 0);
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  while (sem_wait(&ready) != 0) {
  }
  const pid_t child = fork();
  if (child == 0) {
    clear_stack();
    exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  clear_stack();
  exit(status);
}
