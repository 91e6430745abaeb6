// In a variable of a library that was loaded, and in its thread-local data, of both threads.
#include <dlfcn.h>
#include <semaphore.h>
#include <unistd.h>
#include "../leaks.h"

static sem_t ready;
static void (*keep_in_thread_local)(void*);

static void* work(void* unused) {
  keep_in_thread_local(take(90));
  clear_stack();
  sem_post(&ready);
  for (;;) pause();
  return unused;
}

int main(void) {
  sem_init(&ready, 0, 0);
  void* library = dlopen(PLUGIN, RTLD_NOW);
  if (library == NULL) return 1;
  void (*keep_in_variable)(void*) = (void (*)(void*))dlsym(library, "keep_in_variable");
  keep_in_thread_local = (void (*)(void*))dlsym(library, "keep_in_thread_local");
  keep_in_variable(take(80));
  keep_in_thread_local(take(85));
  pthread_t thread;
  pthread_create(&thread, NULL, work, NULL);
  while (sem_wait(&ready) != 0) {
  }
  clear_stack();
  exit(0);
}
