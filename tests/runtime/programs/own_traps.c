/* SIGSEGV belongs to the program: it sees what it would see without Padlock, and gets what is its own.
   argv[1]: which part; the fault at the end of some of them is Padlock's. */
#define _GNU_SOURCE
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#include "check.h"

static volatile int runs;
static volatile int nested;
static sigjmp_buf back;
static char* page;  /* PROT_NONE, the program's own */
static char* block; /* a large block, freed */

static void make_faulty_memory(void) {
  page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(page != MAP_FAILED);
  block = OPAQUE(malloc(1000000));
  free(block);
}

static void touch(char* address) { *(volatile char*)address = 1; }

/* Ends as the program that runs this part does without its handler. */
static void dies(void (*part)(void), int by) {
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    part();
    _exit(0);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  CHECK(WIFSIGNALED(status) && WTERMSIG(status) == by);
}

static void install(int signal, void (*handler)(int, siginfo_t*, void*), int flags) {
  struct sigaction action = {0};
  action.sa_sigaction = handler;
  action.sa_flags = SA_SIGINFO | flags;
  CHECK(sigaction(signal, &action, NULL) == 0);
}

static void open_page(int signal, siginfo_t* info, void* context) {
  CHECK(signal == SIGSEGV && info->si_signo == SIGSEGV && info->si_code == SEGV_ACCERR);
  CHECK((char*)info->si_addr == page + 40);
  CHECK(((ucontext_t*)context)->uc_mcontext.gregs[REG_RIP] != 0);
  ++runs;
  CHECK(mprotect(page, 4096, PROT_READ | PROT_WRITE) == 0);
}

static void close_page(void) { CHECK(mprotect(page, 4096, PROT_NONE) == 0); }

static void jump_out(int signal, siginfo_t* info, void* context) {
  (void)signal, (void)info, (void)context;
  ++runs;
  siglongjmp(back, 1);
}

static void query(void) {
  struct sigaction action;
  memset(&action, 1, sizeof action);
  CHECK(sigaction(SIGSEGV, NULL, &action) == 0);
  CHECK(action.sa_handler == SIG_DFL && action.sa_flags == 0);
  CHECK(signal(SIGBUS, SIG_IGN) == SIG_DFL && signal(SIGBUS, SIG_DFL) == SIG_IGN);
  struct sigaction mine = {0};
  mine.sa_sigaction = open_page;
  mine.sa_flags = (int)(SA_SIGINFO | SA_NODEFER | SA_RESETHAND);
  sigfillset(&mine.sa_mask);
  CHECK(sigaction(SIGSEGV, &mine, NULL) == 0 && sigaction(SIGUSR1, &mine, NULL) == 0);
  struct sigaction segv, usr1;
  CHECK(sigaction(SIGSEGV, NULL, &segv) == 0 && sigaction(SIGUSR1, NULL, &usr1) == 0);
  CHECK(segv.sa_sigaction == open_page && usr1.sa_sigaction == open_page);
  CHECK(segv.sa_flags == usr1.sa_flags); /* with what libc and the kernel add */
  for (int signal = 1; signal <= 64; ++signal) {
    const int kept = signal != SIGKILL && signal != SIGSTOP && signal != 32 && signal != 33;
    CHECK(sigismember(&usr1.sa_mask, signal) == kept);
    CHECK(sigismember(&segv.sa_mask, signal) == kept);
  }
  CHECK(sigaction(32, NULL, &segv) == -1 && errno == EINVAL && sigaction(65, NULL, &segv) == -1);
  CHECK(signal(SIGKILL, SIG_IGN) == SIG_ERR && errno == EINVAL);
}

static void* mask_is_inherited(void* unused) {
  (void)unused;
  sigset_t now;
  CHECK(pthread_sigmask(SIG_BLOCK, NULL, &now) == 0);
  for (int signal = 1; signal <= 31; ++signal) {
    CHECK(sigismember(&now, signal) == (signal != SIGKILL && signal != SIGSTOP));
  }
  touch(block + 500000);
  return NULL;
}

static void check_mask(int segv, int bus, int stkflt) {
  sigset_t now;
  CHECK(sigprocmask(SIG_SETMASK, NULL, &now) == 0);
  CHECK(sigismember(&now, SIGSEGV) == segv && sigismember(&now, SIGBUS) == bus);
  CHECK(sigismember(&now, SIGSTKFLT) == stkflt && !sigismember(&now, SIGTRAP));
}

static void masks(void) {
  sigset_t set, before;
  sigemptyset(&set);
  CHECK(sigprocmask(SIG_SETMASK, &set, NULL) == 0);
  check_mask(0, 0, 0);
  sigaddset(&set, SIGSEGV);
  sigaddset(&set, SIGSTKFLT);
  CHECK(sigprocmask(SIG_BLOCK, &set, &before) == 0 && !sigismember(&before, SIGSEGV));
  check_mask(1, 0, 1);
  sigemptyset(&set);
  sigaddset(&set, SIGBUS);
  CHECK(sigprocmask(SIG_BLOCK, &set, &set) == 0 && sigismember(&set, SIGSEGV));
  check_mask(1, 1, 1);
  CHECK(sighold(SIGUSR1) == 0);
  sigemptyset(&set);
  sigaddset(&set, SIGSTKFLT);
  CHECK(pthread_sigmask(SIG_UNBLOCK, &set, NULL) == 0);
  check_mask(1, 1, 0);
  CHECK(sigrelse(SIGSEGV) == 0);
  check_mask(0, 1, 0);
  CHECK(sigrelse(SIGBUS) == 0);
  check_mask(0, 0, 0);
  CHECK(sigprocmask(17, &set, NULL) == -1 && errno == EINVAL);
}

/* Blocked, and sent: it waits, as any signal does. */
static void sent(int signal, siginfo_t* info, void* context) {
  (void)context;
  CHECK(signal == SIGSEGV && info->si_code == SI_USER && info->si_pid == getpid());
  ++runs;
}

static void pending(void) {
  sigset_t set;
  sigemptyset(&set);
  sigaddset(&set, SIGSEGV);
  install(SIGSEGV, sent, 0);
  CHECK(kill(getpid(), SIGSEGV) == 0 && runs == 1);
  CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
  CHECK(kill(getpid(), SIGSEGV) == 0 && runs == 1);
  sigset_t waiting;
  CHECK(sigpending(&waiting) == 0 && sigismember(&waiting, SIGSEGV));
  int signal = 0;
  CHECK(sigwait(&set, &signal) == 0 && signal == SIGSEGV && runs == 1);
  CHECK(kill(getpid(), SIGSEGV) == 0 && runs == 1);
  CHECK(sigprocmask(SIG_UNBLOCK, &set, NULL) == 0 && runs == 2);
  CHECK(kill(getpid(), SIGSEGV) == 0 && runs == 3);
}

static void handlers(void) {
  install(SIGSEGV, open_page, 0);
  touch(page + 40);
  CHECK(runs == 1);
  close_page();
  touch(page + 40);
  CHECK(runs == 2);
  /* Jumping out leaves nothing blocked. */
  install(SIGSEGV, jump_out, 0);
  for (volatile int i = 0; i < 3; ++i) {
    close_page();
    if (sigsetjmp(back, 1) == 0) touch(page + 40);
    check_mask(0, 0, 0);
  }
  CHECK(runs == 5);
}

static void fault_again(int signal, siginfo_t* info, void* context) {
  (void)info;
  sigset_t now;
  sigprocmask(SIG_BLOCK, NULL, &now);
  if (runs++ == 0) touch(page + 40);
  if (nested) CHECK(!sigismember(&now, signal) && !sigismember(&((ucontext_t*)context)->uc_sigmask, signal));
  CHECK(mprotect(page, 4096, PROT_READ | PROT_WRITE) == 0);
}

static void deferred(void) {
  install(SIGSEGV, fault_again, 0);
  touch(page + 40);
}

static void not_deferred(void) {
  nested = 1;
  install(SIGSEGV, fault_again, SA_NODEFER);
  touch(page + 40);
  CHECK(runs == 2);
}

static void once(void) {
  install(SIGSEGV, open_page, (int)SA_RESETHAND);
  touch(page + 40);
  struct sigaction action;
  CHECK(sigaction(SIGSEGV, NULL, &action) == 0 && action.sa_handler == SIG_DFL);
  close_page();
  touch(page + 40);
}

static void blocked(void) {
  sigset_t all;
  sigfillset(&all);
  install(SIGSEGV, open_page, 0);
  CHECK(sigprocmask(SIG_BLOCK, &all, NULL) == 0);
  touch(page + 40);
}

static void ignored(void) {
  CHECK(signal(SIGSEGV, SIG_IGN) == SIG_DFL);
  CHECK(kill(getpid(), SIGSEGV) == 0);
  touch(page + 40);
}

static void break_point(void) { __asm__("int3"); }

/* Whatever an action blocks, it ends with the handler. */
static void touch_page_in_handler(int signal, siginfo_t* info, void* context) {
  (void)info, (void)context;
  sigset_t now;
  CHECK(sigprocmask(SIG_BLOCK, NULL, &now) == 0 && sigismember(&now, SIGSEGV));
  if (signal == SIGUSR1) touch(page + 40);
  ++runs;
}

static void in_other_handler(void) {
  struct sigaction action = {0};
  action.sa_sigaction = touch_page_in_handler;
  action.sa_flags = SA_SIGINFO;
  sigfillset(&action.sa_mask);
  CHECK(sigaction(SIGUSR1, &action, NULL) == 0 && sigaction(SIGUSR2, &action, NULL) == 0);
  install(SIGSEGV, open_page, 0);
  raise(SIGUSR2);
  CHECK(runs == 1);
  check_mask(0, 0, 0);
  raise(SIGUSR1);
}

/* What a language's runtime does that distinguishes stack overflows from other faults. */
static void like_rust(int signal, siginfo_t* info, void* context) {
  (void)info, (void)context;
  struct sigaction none = {0};
  ++runs;
  CHECK(sigaction(signal, &none, NULL) == 0);
}

static void handler_gives_up(void) {
  install(SIGSEGV, like_rust, SA_ONSTACK);
  touch(page + 40);
}

static char* stack_seen;
static char* context_seen;

static void on_small_stack(int signal, siginfo_t* info, void* context) {
  (void)signal, (void)info;
  stack_seen = __builtin_frame_address(0);
  context_seen = context;
  ++runs;
  siglongjmp(back, 1);
}

static __attribute__((noinline)) int overflow(int depth) {
  volatile char frame[4096];
  frame[depth % 4096] = 1;
  return overflow(depth + 1) + frame[(depth + 1) % 4096];
}

static void small_stack(void) {
  const size_t size = sysconf(_SC_MINSIGSTKSZ) + 1024;
  char* const memory = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  CHECK(mprotect(memory, 4096, PROT_NONE) == 0);
  const stack_t stack = {.ss_sp = memory + 4096, .ss_size = size};
  CHECK(sigaltstack(&stack, NULL) == 0);
  install(SIGSEGV, on_small_stack, SA_ONSTACK);
  if (sigsetjmp(back, 1) == 0) overflow(0);
  CHECK(runs == 1 && stack_seen > memory + 4096 && stack_seen < memory + 4096 + size);
  CHECK(context_seen - stack_seen < 512);
  if (sigsetjmp(back, 1) == 0) touch(page + 40);
  CHECK(runs == 2 && context_seen - stack_seen < 512);
}

static void tick(int signal) { (void)signal, ++runs; }

/* Waiting with a mask of its own: the signals that it lets through come, and the mask is back afterwards. */
static void waiting(void) {
  sigset_t usr1, but_usr1;
  sigemptyset(&usr1);
  sigaddset(&usr1, SIGUSR1);
  sigfillset(&but_usr1);
  sigdelset(&but_usr1, SIGUSR1);
  CHECK(signal(SIGUSR1, tick) == SIG_DFL);
  CHECK(sigprocmask(SIG_BLOCK, &usr1, NULL) == 0);
  CHECK(raise(SIGUSR1) == 0 && runs == 0);
  CHECK(sigsuspend(&but_usr1) == -1 && errno == EINTR && runs == 1);
  CHECK(raise(SIGUSR1) == 0);
  CHECK(ppoll(NULL, 0, NULL, &but_usr1) == -1 && errno == EINTR && runs == 2);
  CHECK(raise(SIGUSR1) == 0);
  CHECK(pselect(0, NULL, NULL, NULL, NULL, &but_usr1) == -1 && errno == EINTR && runs == 3);
  const int queue = epoll_create1(0);
  struct epoll_event event;
  CHECK(raise(SIGUSR1) == 0);
  CHECK(epoll_pwait(queue, &event, 1, -1, &but_usr1) == -1 && errno == EINTR && runs == 4);
  CHECK(raise(SIGUSR1) == 0);
  CHECK(epoll_pwait2(queue, &event, 1, NULL, &but_usr1) == -1 && errno == EINTR && runs == 5);
  check_mask(0, 0, 0);
}

/* A child that shares the memory leaves the parent's actions and mask as they are. */
static void shared_memory(void) {
  sigset_t set, now;
  sigemptyset(&set);
  sigaddset(&set, SIGSEGV);
  install(SIGSEGV, open_page, 0);
  CHECK(sigprocmask(SIG_BLOCK, &set, NULL) == 0);
  const pid_t child = vfork();
  if (child == 0) {
    struct sigaction action;
    signal(SIGSEGV, SIG_DFL);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    _exit(sigaction(SIGSEGV, NULL, &action) == 0 && action.sa_handler == SIG_DFL ? 7 : 1);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child && WIFEXITED(status) && WEXITSTATUS(status) == 7);
  check_mask(1, 0, 0);
  CHECK(sigprocmask(SIG_UNBLOCK, &set, NULL) == 0);
  touch(page + 40);
  CHECK(runs == 1);
}

static void waits_with_all_blocked(int signal, siginfo_t* info, void* context) {
  (void)signal, (void)info, (void)context;
  touch(block + 500000);
}

static const struct {
  const char* name;
  void (*run)(void);
  int dies_by;
} parts[] = {
    {"query", query, 0},
    {"masks", masks, 0},
    {"pending", pending, 0},
    {"handlers", handlers, 0},
    {"deferred", deferred, SIGSEGV},
    {"not_deferred", not_deferred, 0},
    {"once", once, SIGSEGV},
    {"blocked", blocked, SIGSEGV},
    {"ignored", ignored, SIGSEGV},
    {"break_point", break_point, SIGTRAP},
    {"in_other_handler", in_other_handler, SIGSEGV},
    {"handler_gives_up", handler_gives_up, SIGSEGV},
    {"small_stack", small_stack, 0},
    {"waiting", waiting, 0},
    {"shared_memory", shared_memory, 0},
};

int main(int argc, char** argv) {
  CHECK(argc == 2);
  make_faulty_memory();
  for (size_t i = 0; i < sizeof parts / sizeof *parts; ++i) {
    if (strcmp(argv[1], parts[i].name) != 0) continue;
    if (parts[i].dies_by == 0) {
      parts[i].run();
    } else {
      dies(parts[i].run, parts[i].dies_by);
    }
    return 0;
  }
  /* The rest are hits of Padlock's. */
  sigset_t all;
  sigfillset(&all);
  if (strcmp(argv[1], "hit_with_handler") == 0) {
    install(SIGSEGV, open_page, SA_ONSTACK);
    touch(block + 500000);
    CHECK(runs == 0);
    touch(page + 40);
    CHECK(runs == 1);
  } else if (strcmp(argv[1], "hit_all_blocked") == 0) {
    pthread_t thread;
    CHECK(sigprocmask(SIG_SETMASK, &all, NULL) == 0);
    CHECK(pthread_create(&thread, NULL, mask_is_inherited, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
  } else if (strcmp(argv[1], "hit_blocked_from_birth") == 0) {
    pthread_t thread;
    pthread_attr_t attributes;
    CHECK(pthread_attr_init(&attributes) == 0 && pthread_attr_setsigmask_np(&attributes, &all) == 0);
    CHECK(pthread_create(&thread, &attributes, mask_is_inherited, NULL) == 0);
    CHECK(pthread_join(thread, NULL) == 0);
  } else if (strcmp(argv[1], "hit_in_handler") == 0) {
    struct sigaction action = {0};
    action.sa_sigaction = waits_with_all_blocked;
    sigfillset(&action.sa_mask);
    CHECK(sigaction(SIGSEGV, &action, NULL) == 0);
    raise(SIGSEGV);
  } else if (strcmp(argv[1], "hit_on_small_stack") == 0) {
    char* const memory = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    CHECK(mprotect(memory, 4096, PROT_NONE) == 0);
    const stack_t stack = {.ss_sp = memory + 4096, .ss_size = sysconf(_SC_MINSIGSTKSZ) + 1024};
    CHECK(sigaltstack(&stack, NULL) == 0);
    install(SIGSEGV, open_page, SA_ONSTACK);
    touch(block + 500000);
  } else {
    CHECK(0);
  }
  return 0;
}
