/* What the last check of a forked child covers: the blocks that it allocated, resized or freed itself. The
 * parent has overrun a block before, and reports that at its own exit. argv[1]: what the child does; argv[2]:
 * the status that it ends with (128 + n: by signal n). */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

size_t padlock_check_heap(void) __attribute__((weak));

enum { kMany = 20000, kLarge = 1000000 };

static char* inherited;
static char* many[kMany];

static void overrun(volatile char* block, size_t size) { OPAQUE(block)[size] = 0; }

static int status_of(pid_t child) {
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

/* A late write into a block whose memory has left all quarantines and was merged with its neighbours'. */
static void write_into_merged(void) {
  for (int i = 0; i < kMany; ++i) many[i] = malloc(2000);
  char* const late = many[kMany / 2];
  for (int i = 0; i < kMany; ++i) free(many[i]);
  for (int i = 0; i < kMany / 2; ++i) many[i] = malloc(30000);
  for (int i = 0; i < kMany / 2; ++i) free(many[i]);
  OPAQUE((volatile char*)late)[1000] ^= 0x55;
}

static void act(const char* what) {
  if (strcmp(what, "inherited") == 0) overrun(inherited, 100);
  if (strcmp(what, "own") == 0) overrun(malloc(100), 100);
  if (strcmp(what, "own_large") == 0) overrun(malloc(kLarge), kLarge);
  if (strcmp(what, "resized") == 0) overrun(realloc(inherited, 90), 90);
  if (strcmp(what, "freed") == 0) {
    free(inherited);
    OPAQUE((volatile char*)inherited)[50] ^= 0x55;
  }
  if (strcmp(what, "merged") == 0) write_into_merged();
  if (strcmp(what, "on_request") == 0) padlock_check_heap();
  if (strcmp(what, "grandchild") == 0) {
    const pid_t child = fork();
    if (child == 0) {
      overrun(malloc(100), 100);
      exit(0);
    }
    _exit(status_of(child));
  }
}

int main(int argc, char** argv) {
  inherited = malloc(100);
  char* const damaged = malloc(200);
  overrun(damaged, 200);
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    act(argv[1]);
    exit(0);
  }
  CHECK(status_of(child) == atoi(argv[2]));
  return 0;
}
