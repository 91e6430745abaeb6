/* Starts the program of the second argument in the way that the first one says, with the third one, and ends
   as it does. */
#define _GNU_SOURCE
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

extern char** environ;

int main(int argc, char** argv) {
  const char* const how = argv[1];
  char* const arguments[] = {argv[2], argv[3], NULL};
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
      if (strcmp(how, "execvpe") == 0) execvpe(argv[2], arguments, environ);
      if (strcmp(how, "execl") == 0) execl(argv[2], argv[2], argv[3], (char*)NULL);
      if (strcmp(how, "execlp") == 0) execlp(argv[2], argv[2], argv[3], (char*)NULL);
      if (strcmp(how, "execle") == 0) execle(argv[2], argv[2], (char*)NULL, environ);
      if (strcmp(how, "execle_long") == 0 && argv[3] == NULL) {
        execle(argv[2], argv[2], "A=1", "A=1", "A=1", "A=1", "A=1", "A=1", "A=1", (char*)NULL, environ);
      }
      execve(argv[2], arguments, environ);
      _exit(100);
    }
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
