/* Every way out of a process is checked. argv[1]: the way; argv[2]: "damaged", where there is something to
   find, or "clean". */
#define _GNU_SOURCE
#undef NDEBUG
#include <assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

extern char** environ;
static char* const arguments[] = {"true", NULL};
static char* block;
static volatile int aborts;

static void damage(void) {
  block = OPAQUE(malloc(100));
  *(volatile char*)(block + 100) = 0;
}

static void expect_child(pid_t child, int wanted) {
  int status = 0;
  CHECK(child > 0 && waitpid(child, &status, 0) == child);
  CHECK(WIFEXITED(status) && WEXITSTATUS(status) == wanted);
}

static void by_exit_at_once(void) { _exit(5); }
static void by_exit_at_once_too(void) { _Exit(5); }
static void by_quick_exit(void) { quick_exit(5); }
static void by_abort(void) { abort(); }
static void by_assertion(void) { assert(block == (char*)1); }
/* libc's own ends: a buffer's guard, a function's fortified variant. */
void __stack_chk_fail(void);
void __chk_fail(void);
static void by_stack_check(void) { __stack_chk_fail(); }
static void by_fortified_call(void) { __chk_fail(); }
/* The parent ends inside libc; what it leaves the child is not the child's to check. */
static void by_daemon(void) {
  if (daemon(1, 1) == 0) _exit(0);
}
static void by_last_thread(void) { pthread_exit(NULL); }
static void by_execve(void) { execve("/bin/true", arguments, environ); }
static void by_execv(void) { execv("/bin/true", arguments); }
static void by_execvp(void) { execvp("true", arguments); }
static void by_execvpe(void) { execvpe("true", arguments, environ); }
static void by_execl(void) { execl("/bin/true", "true", "1", "2", "3", "4", "5", "6", "7", (char*)NULL); }
static void by_execlp(void) { execlp("true", "true", (char*)NULL); }
static void by_execle(void) { execle("/bin/true", "true", (char*)NULL, environ); }
static void by_fexecve(void) { fexecve(open("/bin/true", O_RDONLY), arguments, environ); }
static void by_execveat(void) { execveat(AT_FDCWD, "/bin/true", arguments, environ, 0); }
static void by_null(void) { *(volatile int*)OPAQUE((int*)0) = 1; }
static void by_null_call(void) { ((void (*)(void))OPAQUE((void*)0))(); }
static void by_division(void) { aborts = OPAQUE(1) / OPAQUE(0); }
static void by_term(void) { kill(getpid(), SIGTERM); }
static void by_pipe(void) {
  int ends[2];
  CHECK(pipe(ends) == 0 && close(ends[0]) == 0);
  write(ends[1], "1", 1);
}
static void by_alarm(void) {
  struct itimerval soon = {{0, 0}, {0, 1000}};
  CHECK(setitimer(ITIMER_REAL, &soon, NULL) == 0);  // sent by the kernel, as a terminal's SIGINT is
  for (;;) pause();
}
static void by_user_signal(void) { raise(SIGUSR1); }
static void by_interrupt(void) { raise(SIGINT); }

static void on_abort(int signal) { ++aborts; }
static void leave(int signal) { _exit(aborts == 0 && signal == SIGABRT ? 6 : 1); }

static void by_abort_with_handler(void) {
  struct sigaction action;
  CHECK(sigaction(SIGABRT, NULL, &action) == 0 && action.sa_handler == SIG_DFL);
  CHECK(signal(SIGABRT, leave) == SIG_DFL);
  abort();
}

static void by_abort_with_returning_handler(void) {
  CHECK(signal(SIGABRT, on_abort) == SIG_DFL && signal(SIGABRT, on_abort) == on_abort);
  abort();
}

/* Not a way out. */
static void by_own_term_handler(void) {
  CHECK(signal(SIGTERM, on_abort) == SIG_DFL);
  CHECK(raise(SIGTERM) == 0 && aborts == 1);
  CHECK(signal(SIGTERM, SIG_IGN) == on_abort && raise(SIGTERM) == 0);
  CHECK(signal(SIGTERM, SIG_DFL) == SIG_IGN);
  _exit(5);
}

/* The memory is the parent's too: it is the parent that checks it, once. */
static void by_vfork(void) {
  const pid_t child = vfork();
  if (child == 0) {
    execl("/nonexistent", "nonexistent", (char*)NULL);
    _exit(7);
  }
  expect_child(child, 7);
  exit(5);
}

static void by_fork_and_exec(void) {
  const pid_t child = fork();
  if (child == 0) {
    execl("/bin/true", "true", (char*)NULL);
    _exit(1);
  }
  expect_child(child, 0);
  exit(5);
}

static volatile int ready;
static volatile int stop;
static void* allocate(void* unused) {
  while (!stop) {
    free(OPAQUE(malloc(100)));
    ready = 1;
  }
  return NULL;
}

/* No fork handlers run in such a child of a process with threads, of which it has one. */
static void by_raw_clone(void) {
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, allocate, NULL) == 0);
  while (!ready) sched_yield();
  for (int i = 0; i < 20; ++i) {
    const pid_t child = (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);
    if (child == 0) {
      if (i % 2 != 0) abort();
      _exit(7);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child);
    CHECK(i % 2 != 0 ? WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT : WEXITSTATUS(status) == 7);
  }
  stop = 1;
  CHECK(pthread_join(thread, NULL) == 0);
  exit(5);
}

/* A child's own faults are its own affair. */
static void damage_in(pid_t child) {
  if (child == 0) {
    damage();
    _exit(7);
  }
  int status = 0;
  CHECK(child > 0 && waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT);
  _exit(5);
}

static void in_forked_child(void) { damage_in(fork()); }
static void in_bare_child(void) { damage_in((pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL)); }

static void beside_threads(void) {
  pthread_t thread;
  CHECK(pthread_create(&thread, NULL, allocate, NULL) == 0);
  while (!ready) sched_yield();
  _exit(5);
}

/* What the program has ignored and blocked is so in the next one. */
static void with_signals(void) {
  sigset_t bus;
  sigemptyset(&bus);
  sigaddset(&bus, SIGBUS);
  CHECK(signal(SIGSEGV, SIG_IGN) == SIG_DFL && signal(SIGTERM, SIG_IGN) == SIG_DFL);
  CHECK(sigprocmask(SIG_BLOCK, &bus, NULL) == 0);
  execl("/proc/self/exe", "self", "inherited", "clean", (char*)NULL);
}

static void inherited(void) {
  struct sigaction segv, term, abrt;
  sigset_t mask;
  CHECK(sigaction(SIGSEGV, NULL, &segv) == 0 && segv.sa_handler == SIG_IGN);
  CHECK(sigaction(SIGTERM, NULL, &term) == 0 && term.sa_handler == SIG_IGN);
  CHECK(sigaction(SIGABRT, NULL, &abrt) == 0 && abrt.sa_handler == SIG_DFL);
  CHECK(sigprocmask(SIG_BLOCK, NULL, &mask) == 0);
  CHECK(sigismember(&mask, SIGBUS) && !sigismember(&mask, SIGSEGV) && !sigismember(&mask, SIGSTKFLT));
  _exit(5);
}

static const struct {
  const char* name;
  void (*leave)(void);
} ways[] = {
    {"exit_at_once", by_exit_at_once},
    {"exit_at_once_too", by_exit_at_once_too},
    {"quick_exit", by_quick_exit},
    {"abort", by_abort},
    {"assertion", by_assertion},
    {"abort_with_handler", by_abort_with_handler},
    {"abort_with_returning_handler", by_abort_with_returning_handler},
    {"stack_check", by_stack_check},
    {"fortified_call", by_fortified_call},
    {"last_thread", by_last_thread},
    {"daemon", by_daemon},
    {"execve", by_execve},
    {"execv", by_execv},
    {"execvp", by_execvp},
    {"execvpe", by_execvpe},
    {"execl", by_execl},
    {"execlp", by_execlp},
    {"execle", by_execle},
    {"fexecve", by_fexecve},
    {"execveat", by_execveat},
    {"null", by_null},
    {"division", by_division},
    {"null_call", by_null_call},
    {"term", by_term},
    {"pipe", by_pipe},
    {"alarm", by_alarm},
    {"user_signal", by_user_signal},
    {"interrupt", by_interrupt},
    {"own_term_handler", by_own_term_handler},
    {"vfork", by_vfork},
    {"fork_and_exec", by_fork_and_exec},
    {"raw_clone", by_raw_clone},
    {"in_forked_child", in_forked_child},
    {"in_bare_child", in_bare_child},
    {"beside_threads", beside_threads},
    {"with_signals", with_signals},
    {"inherited", inherited},
};

int main(int argc, char** argv) {
  CHECK(argc == 3);
  if (strcmp(argv[2], "damaged") == 0) damage();
  for (size_t i = 0; i < sizeof ways / sizeof *ways; ++i) {
    if (strcmp(argv[1], ways[i].name) == 0) ways[i].leave();
  }
  return 1;
}
