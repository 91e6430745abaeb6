/* Children of a busy process with threads, born without fork handlers: they allocate, free and resize what is
 * theirs and what they inherited, and end in either way. argv[1]: how they are born. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { kThreads = 4, kChildren = 150, kBlocks = 50 };

static volatile int stop;
static char* inherited[kBlocks];

static void* churn(void* seed) {
  unsigned state = (unsigned)(long)seed;
  while (!stop) {
    state = state * 1664525 + 1013904223;
    char* block = malloc((state >> 8) % ((state & 0xFF) == 0 ? 400000 : 40000) + 1);
    *OPAQUE(block) = 1;
    free(block);
  }
  return NULL;
}

static void allocate_all(char** blocks) {
  for (size_t i = 0; i < kBlocks; ++i) {
    blocks[i] = malloc(100 * i + 1);
    memset(blocks[i], 7, 100 * i + 1);
  }
}

static void resize_and_free_all(char** blocks) {
  for (size_t i = 0; i < kBlocks; ++i) {
    blocks[i] = realloc(blocks[i], 150 * i + 1);
    CHECK(blocks[i] != NULL && blocks[i][0] == 7 && blocks[i][100 * i] == 7);
    free(blocks[i]);
  }
}

static void work(void) {
  char* blocks[kBlocks];
  allocate_all(blocks);
  resize_and_free_all(blocks);
  resize_and_free_all(inherited);
}

static pid_t bear(const char* how) {
  if (strcmp(how, "clone") == 0) return (pid_t)syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, 0);
  if (strcmp(how, "_Fork") == 0) return _Fork();
  return vfork();
}

int main(int argc, char** argv) {
  pthread_t threads[kThreads];
  for (long i = 0; i < kThreads; ++i) CHECK(pthread_create(&threads[i], NULL, churn, (void*)i) == 0);
  for (int i = 0; i < kChildren; ++i) {
    allocate_all(inherited);
    const pid_t child = bear(argv[1]);
    CHECK(child >= 0);
    if (child == 0) {
      work();
      if (i % 2 == 0 && strcmp(argv[1], "vfork") != 0) exit(0);
      _exit(0);
    }
    int status = 0;
    CHECK(waitpid(child, &status, 0) == child && status == 0);
    if (strcmp(argv[1], "vfork") != 0) resize_and_free_all(inherited);
  }
  stop = 1;
  for (int i = 0; i < kThreads; ++i) CHECK(pthread_join(threads[i], NULL) == 0);
  return 0;
}
