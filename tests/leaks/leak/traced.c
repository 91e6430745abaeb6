// In a process that is traced as under a debugger, so that its threads cannot be traced once more: one waits
// in the kernel, one computes with the only pointer to a block in a register, one is in a handler on a stack
// apart.
// leak: Direct leak: 77 bytes in 1 block, take < lose < be_traced < run_under_tracer < main
#include "../traced.h"
#include "../leaks.h"

static volatile int ready;
static char apart[64 * 1024];

static void* wait_for_ever(void* unused) {
  char* kept = take(31);
  int pipes[2];
  if (pipe(pipes) != 0) _exit(9);
  __atomic_add_fetch(&ready, 1, __ATOMIC_SEQ_CST);
  for (;;) read(pipes[0], kept, 1);
  return unused;
}

static void* compute(void* unused) {
  register char* kept asm("r12") = take(33);
  asm volatile("lock incl %1\n1: pause\n jmp 1b" : : "r"(kept), "m"(ready) : "memory");
  return unused;
}

static void compute_in_handler(int signal) { compute(NULL); }

static void* be_signalled(void* unused) {
  const stack_t stack = {.ss_sp = apart, .ss_size = sizeof apart};
  sigaltstack(&stack, NULL);
  char* volatile kept = take(35);
  raise(SIGUSR2);
  return kept;
}

__attribute__((noinline)) static void lose(void) { ((char*)take(77))[3] = 1; }

__attribute__((noinline)) static void be_traced(void) {
  const struct sigaction action = {.sa_handler = compute_in_handler, .sa_flags = SA_ONSTACK};
  sigaction(SIGUSR2, &action, NULL);
  pthread_t threads[3];
  pthread_create(&threads[0], NULL, wait_for_ever, NULL);
  pthread_create(&threads[1], NULL, compute, NULL);
  pthread_create(&threads[2], NULL, be_signalled, NULL);
  while (ready != 3) usleep(1000);
  lose();
  clear_stack();
  exit(0);
}

int main(void) { run_under_tracer(be_traced); }
