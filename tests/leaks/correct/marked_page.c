// Pages that are closed by markers, which no list of mappings shows: in a block, in a registered root, at the
// end of a stack that its thread has left.
#include <semaphore.h>
#include <signal.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../leaks.h"

enum { MARK = 102, SIZE = 256 * 1024 };
static sem_t ready;
char* block;

static void wait_here(int signal) {
  sem_post(&ready);
  while (signal != 0) pause();
}

static void* work(void* unused) {
  stack_t alternate = {.ss_sp = malloc(65536), .ss_size = 65536};
  sigaltstack(&alternate, NULL);
  struct sigaction action = {.sa_handler = wait_here, .sa_flags = SA_ONSTACK};
  sigaction(SIGUSR1, &action, NULL);
  void* volatile kept = take(34);
  clear_stack();
  raise(SIGUSR1);
  return kept != NULL ? unused : NULL;
}

int main(void) {
  sem_init(&ready, 0, 0);
  if (posix_memalign((void**)&block, 4096, 4 * 4096) != 0) return 1;
  memset(block, 0, 4 * 4096);
  *(void**)(block + 3 * 4096) = take(21);
  madvise(block + 4096, 4096, MARK);
  char* memory = mmap(NULL, 3 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  __lsan_register_root_region(memory, 3 * 4096);
  *(void**)(memory + 2 * 4096 + 8) = take(130);
  madvise(memory + 4096, 4096, MARK);
  char* stack = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  madvise(stack, 4096, MARK);
  pthread_attr_t attributes;
  pthread_attr_init(&attributes);
  pthread_attr_setstack(&attributes, stack, SIZE);
  pthread_t thread;
  if (pthread_create(&thread, &attributes, work, NULL) != 0) return 2;
  while (sem_wait(&ready) != 0) {
  }
  clear_stack();
  if (__lsan_do_recoverable_leak_check() != 0) return 3;
  _exit(0);
}
