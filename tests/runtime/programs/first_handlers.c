/* Handlers that were installed before Padlock's are the program's as much as later ones: they are what it
   sees when it asks, they run as their flags say, and are what it comes back to. argv[1]: which part. */
#define _GNU_SOURCE
#include <setjmp.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "check.h"

extern void (*first_does)(int, siginfo_t*, void*);
void first_handler(int signal, siginfo_t* info, void* context);

enum { kRestorer = 0x04000000 };

static char* page;
static char other_stack[65536];
static volatile int runs;
static sigjmp_buf back;

static int is_blocked(int signal) {
  sigset_t mask;
  sigprocmask(SIG_BLOCK, NULL, &mask);
  return sigismember(&mask, signal);
}

static void expect_action(int signal, int flags, int blocked) {
  struct sigaction action;
  CHECK(sigaction(signal, NULL, &action) == 0);
  CHECK(action.sa_sigaction == first_handler);
  CHECK((action.sa_flags & ~kRestorer) == flags);
  for (int other = 1; other < 32; ++other) CHECK(sigismember(&action.sa_mask, other) == (other == blocked));
}

static void query(void) {
  expect_action(SIGSEGV, SA_SIGINFO | SA_ONSTACK | SA_RESETHAND, SIGUSR1);
  expect_action(SIGBUS, SA_SIGINFO | SA_NODEFER, 0);
  expect_action(SIGABRT, SA_SIGINFO, SIGUSR2);
}

static void open_page(int signal, siginfo_t* info, void* context) {
  const char* const here = __builtin_frame_address(0);
  CHECK(signal == SIGSEGV && (char*)info->si_addr == page + 8 && context != NULL);
  CHECK(here > other_stack && here < other_stack + sizeof other_stack);
  CHECK(is_blocked(SIGUSR1) && !is_blocked(SIGUSR2));
  struct sigaction now;
  CHECK(sigaction(SIGSEGV, NULL, &now) == 0 && now.sa_handler == SIG_DFL); /* once */
  CHECK(mprotect(page, 4096, PROT_READ | PROT_WRITE) == 0);
  ++runs;
}

static void once(void) {
  first_does = open_page;
  const stack_t stack = {.ss_sp = other_stack, .ss_size = sizeof other_stack};
  CHECK(sigaltstack(&stack, NULL) == 0);
  page[8] = 1;
  CHECK(runs == 1 && page[8] == 1 && !is_blocked(SIGUSR1));
}

static void fault_again(int signal, siginfo_t* info, void* context) {
  CHECK(signal == SIGBUS && info->si_signo == SIGBUS && context != NULL && !is_blocked(SIGBUS));
  if (++runs < 3) raise(SIGBUS); /* not deferred */
}

static void nested(void) {
  first_does = fault_again;
  raise(SIGBUS);
  CHECK(runs == 3);
}

static void jump(int signal, siginfo_t* info, void* context) {
  (void)info, (void)context;
  CHECK(signal == SIGABRT && is_blocked(SIGUSR2) && is_blocked(SIGABRT));
  siglongjmp(back, 1);
}

static void aborted(void) {
  first_does = jump;
  if (sigsetjmp(back, 1) == 0) abort();
  CHECK(!is_blocked(SIGUSR2) && !is_blocked(SIGABRT));
}

static void count(int signal, siginfo_t* info, void* context) {
  (void)info, (void)context;
  CHECK(signal == SIGBUS);
  ++runs;
}

static struct sigaction former;

static void chain(int signal, siginfo_t* info, void* context) {
  runs += 10;
  former.sa_sigaction(signal, info, context);
}

static void restored(void) {
  first_does = count;
  struct sigaction own = {0};
  own.sa_sigaction = chain;
  own.sa_flags = SA_SIGINFO;
  CHECK(sigaction(SIGBUS, &own, &former) == 0 && former.sa_sigaction == first_handler);
  raise(SIGBUS);
  CHECK(runs == 11);
  CHECK(sigaction(SIGBUS, &former, &own) == 0 && own.sa_sigaction == chain);
  raise(SIGBUS);
  CHECK(runs == 12);
  query();
}

int main(int count_of_arguments, char** arguments) {
  CHECK(count_of_arguments == 2);
  page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(page != MAP_FAILED);
  free(OPAQUE(malloc(10)));
  const struct {
    const char* name;
    void (*run)(void);
  } parts[] = {
      {"query", query}, {"once", once}, {"nested", nested}, {"aborted", aborted}, {"restored", restored}};
  for (unsigned i = 0; i < sizeof parts / sizeof *parts; ++i) {
    if (strcmp(parts[i].name, arguments[1]) != 0) continue;
    parts[i].run();
    return 0;
  }
  return 2;
}
