/* A fault callback is the program's own code: it runs without a lock of Padlock's. argv[1]: what it does. */
#include <padlock/padlock.h>
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static const char* mode;
static int calls = 0;

static void overflow(void) {
  char* block = malloc(24);
  spoil(block, 30);
  free(OPAQUE(block));
}

static void* in_thread(void* unused) {
  overflow();
  return NULL;
}

static void on_fault(const struct padlock_fault* fault, void* context) {
  pthread_t thread;
  ++calls;
  if (strcmp(mode, "fault") == 0) overflow();
  if (strcmp(mode, "fault_in_thread") == 0) {
    CHECK(pthread_create(&thread, NULL, in_thread, NULL) == 0);
    pthread_join(thread, NULL);
  }
  if (strcmp(mode, "exit") == 0) exit(7);
  if (strcmp(mode, "fork") == 0) {
    const pid_t child = fork();
    if (child == 0) _exit(0);
    CHECK(waitpid(child, NULL, 0) == child);
  }
  if (strcmp(mode, "check") == 0) padlock_check_heap();
  if (strcmp(mode, "describe") == 0) CHECK(padlock_describe(fault->block) == 1);
  CHECK(strstr(fault->report, fault->summary) == fault->report);
  CHECK(strstr(fault->report, "3 bytes written past the end of a 20-byte block") != NULL);
}

int main(int argc, char** argv) {
  CHECK(argc == 2);
  mode = argv[1];
  padlock_set_fault_callback(on_fault, NULL);
  char* block = malloc(20);
  spoil(block, 23);
  free(OPAQUE(block));
  CHECK(calls == 1);
  return 0;
}
