/* Reports that are stuck in a full pipe until something else has happened. The program runs twice: the first
 * run is the terminal, the second one, whose standard error is the pipe, has the bug. */
#pragma once

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { kPage = 4096 };

/* Whether a thread of this process sleeps in a system call. */
static inline int sleeps(pid_t thread) {
  char path[64];
  char text[256] = {0};
  snprintf(path, sizeof path, "/proc/self/task/%d/stat", thread);
  const int file = open(path, O_RDONLY);
  CHECK(file >= 0);
  CHECK(read(file, text, sizeof text - 1) > 0);
  close(file);
  return strrchr(text, ')')[2] == 'S';
}

/* Waits until the thread cannot go on with its report: nobody reads the pipe before release(). */
static inline void wait_until_stuck(pid_t thread) {
  while (!sleeps(thread)) usleep(1000);
}

static inline void release(void) { CHECK(close(3) == 0); }

/* The first run: starts the second, waits until it has called release() or ended, passes on what it says, and
 * ends as it ended. */
static inline int watch(char* name, char* mode) {
  int errors[2], signals[2], status;
  char text[kPage] = {0};
  CHECK(pipe(errors) == 0 && pipe(signals) == 0);
  CHECK(fcntl(errors[1], F_SETPIPE_SZ, kPage) == kPage && write(errors[1], text, kPage) == kPage);
  const pid_t child = fork();
  if (child == 0) {
    close(errors[0]);
    close(signals[0]);
    CHECK(dup2(signals[1], 7) == 7 && dup2(errors[1], 2) == 2 && dup2(7, 3) == 3);
    for (int i = 4; i < 20; ++i) close(i);
    execl(name, name, mode, "bug", (char*)NULL);
    _exit(126);
  }
  close(errors[1]);
  close(signals[1]);
  CHECK(read(signals[0], text, 1) == 0);
  CHECK(read(errors[0], text, kPage) == kPage); /* what filled the pipe */
  for (ssize_t size; (size = read(errors[0], text, sizeof text)) > 0;) CHECK(write(2, text, size) == size);
  CHECK(waitpid(child, &status, 0) == child);
  if (WIFSIGNALED(status)) {
    signal(WTERMSIG(status), SIG_DFL);
    raise(WTERMSIG(status));
  }
  return WEXITSTATUS(status);
}
