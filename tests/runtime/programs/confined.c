/* confined WHAT [prctl|strict]: filters its own system calls down to what a heap cannot do without, by
   seccomp() or by prctl(), and allocates then. Any other call ends it by SIGSYS. In strict mode the kernel
   allows no more than reading, writing and the end of the thread; any other call ends the process by SIGKILL.
 */
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "check.h"

#define ALLOW(call) \
  BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)

static void confine(int by_prctl) {
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      ALLOW(mmap),
      ALLOW(munmap),
      ALLOW(mremap),
      ALLOW(mprotect),
      ALLOW(brk),
      ALLOW(futex),
      ALLOW(write),
      ALLOW(exit_group),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
  };
  const struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
  CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  if (by_prctl) {
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0);
  } else {
    CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0);
  }
}

/* Memory is refused from now on: with an error, or by the end of the process. */
static void refuse_memory(unsigned refusal, int mprotect_alone) {
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mprotect, 4, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, mprotect_alone ? -1u : SYS_mmap, 3, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, mprotect_alone ? -1u : SYS_brk, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, mprotect_alone ? -1u : SYS_mremap, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, refusal),
  };
  const struct sock_fprog program = {sizeof filter / sizeof filter[0], filter};
  CHECK(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0);
  CHECK(syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) == 0);
}

/* What is open lasts for some MiB, is zeroed where it should be, and serves again; the end of it is no crash.
 */
static void use_what_is_open(int until_null) {
  enum { kMost = 100000 };
  static char* kept[kMost];
  int count = 0;
  const int wanted = until_null ? kMost : 2000;
  for (; count < wanted; ++count) {
    char* block = calloc(1, 3000);
    if (block == NULL) break;
    for (int i = 0; i < 3000; i += 100) CHECK(block[i] == 0);
    memset(block, 1, 3000);
    kept[count] = block;
  }
  CHECK(count >= 2000);
  if (until_null) {
    CHECK(count < kMost && errno == ENOMEM);
    CHECK(malloc(100 << 20) == NULL);
  }
  for (int i = 0; i < count; ++i) free(kept[i]);
  for (int i = 0; i < 100000; ++i) free(OPAQUE(malloc(i % 3000)));
}

static pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;

static void* wait_for_ever(void* block) {
  free(OPAQUE(malloc(100)));
  pthread_mutex_unlock(block);
  pthread_mutex_lock(&held);
  return NULL;
}

static void start_another_thread(void) {
  pthread_t thread;
  pthread_mutex_t started = PTHREAD_MUTEX_INITIALIZER;
  pthread_mutex_lock(&held);
  pthread_mutex_lock(&started);
  CHECK(pthread_create(&thread, NULL, wait_for_ever, &started) == 0);
  pthread_mutex_lock(&started);
}

static void grow(void) {
  static char* kept[2000];
  for (int i = 0; i < 2000; ++i) {
    kept[i] = malloc(50000);
    CHECK(kept[i] != NULL);
    memset(kept[i], 1, 50000);
    if (i % 2 != 0) free(kept[i]);
  }
  for (int i = 0; i < 2000; i += 2) free(kept[i]);
  for (int i = 0; i < 100000; ++i) free(OPAQUE(malloc(i % 3000)));
}

static void large(void) {
  for (int i = 0; i < 200; ++i) {
    char* block = malloc(1 << 20);
    CHECK(block != NULL);
    block[0] = 1;
    block = realloc(block, 4 << 20);
    CHECK(block != NULL && block[0] == 1);
    block = realloc(block, 1000);
    CHECK(block != NULL && block[0] == 1);
    free(block);
  }
}

static char *kept_large, *kept_small;

int main(int count, char** words) {
  const char* what = words[1];
  free(OPAQUE(malloc(10)));
  kept_large = malloc(1 << 20);
  kept_small = malloc(3000);
  if (strcmp(what, "trap") == 0) free(OPAQUE(kept_large));
  if (strcmp(what, "threads") == 0) start_another_thread();
  if (strcmp(what, "refused") == 0) {
    refuse_memory(SECCOMP_RET_ERRNO | EPERM, 0);
    use_what_is_open(1);
    return 0;
  }
  if (strcmp(what, "forbidden") == 0) {
    refuse_memory(SECCOMP_RET_KILL_PROCESS, 0);
    use_what_is_open(0);
    return 0;
  }
  if (strcmp(what, "no_mprotect") == 0 || strcmp(what, "mprotect_refused") == 0) {
    refuse_memory(strcmp(what, "no_mprotect") == 0 ? SECCOMP_RET_KILL_PROCESS : SECCOMP_RET_ERRNO | EPERM, 1);
    use_what_is_open(0);
    grow();
    return 0;
  }
  const int strict = count > 2 && strcmp(words[2], "strict") == 0;
  if (strict) {
    CHECK(prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) == 0);
  } else {
    confine(count > 2);
  }
  if (strict && strcmp(what, "grow") == 0) {
    for (int i = 0; i < 100000; ++i) free(OPAQUE(malloc(i % 3000)));
    CHECK(malloc(100 << 20) == NULL);
    free(OPAQUE(kept_large));
    free(OPAQUE(kept_small));
  }
  if (strcmp(what, "trap") == 0) {
    ((volatile char*)kept_large)[5000] = 1;
  }
  if (strcmp(what, "large") == 0) large();
  if (!strict && strcmp(what, "grow") == 0 || strcmp(what, "threads") == 0) grow();
  if (strcmp(what, "double_free") == 0) {
    char* block = malloc(3000);
    free(block);
    free(OPAQUE(block));
  }
  if (strcmp(what, "overflow") == 0) {
    char* block = OPAQUE(malloc(40));
    block[40] = 0;
    free(block);
  }
  if (strict) syscall(SYS_exit, 0);
  if (strcmp(what, "return") == 0) return 0;
  _exit(0);
}
