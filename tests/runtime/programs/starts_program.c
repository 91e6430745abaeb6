/* Starts the program of the second argument in the way that the first one says, and ends as it does. */
#define _GNU_SOURCE
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

extern char** environ;

int main(int argc, char** argv) {
  const char* const how = argv[1];
  char* const arguments[] = {argv[2], "--help", NULL};
  pid_t child = -1;
  if (strcmp(how, "spawn") == 0) {
    CHECK(posix_spawn(&child, argv[2], NULL, NULL, arguments, environ) == 0);
  } else if (strcmp(how, "spawnp") == 0) {
    CHECK(posix_spawnp(&child, argv[2], NULL, NULL, arguments, environ) == 0);
  } else {
    child = strcmp(how, "vfork_execve") == 0 ? vfork() : fork();
    if (child == 0) {
      if (strcmp(how, "execv") == 0) execv(argv[2], arguments);
      if (strcmp(how, "execvp") == 0) execvp(argv[2], arguments);
      if (strcmp(how, "execlp") == 0) execlp(argv[2], argv[2], "--help", (char*)NULL);
      execve(argv[2], arguments, environ);
      _exit(100);
    }
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
