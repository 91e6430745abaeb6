/* SIGUSR2 with check_on_signal=1 while the thread writes a report: the heap is checked after its next
 * allocation. The report of a double free is stuck in a full pipe until the signal has come. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

enum { kPage = 4096 };

static int pipe_ends[2];
static int real_stderr;
static pid_t main_thread;
static pthread_t main_pthread;

/* Whether the main thread sleeps in a system call. */
static int sleeps(void) {
  char path[64];
  char text[256] = {0};
  snprintf(path, sizeof path, "/proc/self/task/%d/stat", main_thread);
  const int file = open(path, O_RDONLY);
  CHECK(file >= 0);
  CHECK(read(file, text, sizeof text - 1) > 0);
  close(file);
  return strrchr(text, ')')[2] == 'S';
}

static void* signal_and_drain(void* unused) {
  char text[kPage];
  while (!sleeps()) usleep(1000);
  CHECK(pthread_kill(main_pthread, SIGUSR2) == 0);
  usleep(20000);
  CHECK(read(pipe_ends[0], text, kPage) == kPage); /* what filled the pipe */
  for (ssize_t size; (size = read(pipe_ends[0], text, sizeof text)) > 0;)
    CHECK(write(real_stderr, text, (size_t)size) == size);
  return NULL;
}

int main(void) {
  pthread_t drain;
  char filling[kPage] = {0};
  main_thread = getpid();
  main_pthread = pthread_self();
  real_stderr = dup(2);
  CHECK(pipe(pipe_ends) == 0 && fcntl(pipe_ends[1], F_SETPIPE_SZ, kPage) == kPage);
  CHECK(write(pipe_ends[1], filling, kPage) == kPage);

  char* overflown = malloc(30);
  const char canary = overflown[30];
  memset(overflown, 'b', OPAQUE((size_t)31));
  char* twice = malloc(100);
  free(twice);
  CHECK(pthread_create(&drain, NULL, signal_and_drain, NULL) == 0);
  CHECK(dup2(pipe_ends[1], 2) == 2 && close(pipe_ends[1]) == 0);
  free(OPAQUE(twice));
  free(OPAQUE(malloc(1)));
  overflown[30] = canary; /* so that nothing is found later */
  CHECK(dup2(real_stderr, 2) == 2);
  CHECK(pthread_join(drain, NULL) == 0);
  return 0;
}
