/* Reports reach the standard error that the process began with, whatever the program has done with descriptor
 * 2, and never a file of the program's. argv[1]: what it does; argv[2]: an empty file. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

static const char* path;

static void double_free(void) {
  char* block = malloc(100);
  free(block);
  free(OPAQUE(block));
}

static int size_of_file(void) {
  struct stat status;
  return stat(path, &status) == 0 ? (int)status.st_size : -1;
}

/* As a data base may be opened by a daemon that has closed its standard streams. */
static void open_as_stderr(void) {
  for (int i = 0; i < 3; ++i) close(i);
  if (open("/dev/null", O_RDWR) != 0 || open("/dev/null", O_RDWR) != 1) exit(1);
  if (open(path, O_RDWR) != 2) exit(2);
}

/* A program that redirects the stream in a forked child wants to read what comes there. */
static int child_redirects(void) {
  const pid_t child = fork();
  if (child == 0) {
    const int file = open(path, O_WRONLY | O_APPEND);
    CHECK(dup2(file, STDERR_FILENO) == STDERR_FILENO);
    double_free();
    _exit(0);
  }
  CHECK(waitpid(child, NULL, 0) == child);
  return size_of_file() > 0 ? 0 : 3;
}

static void close_all_one_by_one(void) {
  for (int i = 0; i < 65536; ++i) close(i);
}

int main(int argc, char** argv) {
  CHECK(argc == 3);
  path = argv[2];
  const char* const how = argv[1];
  const int lowest = dup(0);
  CHECK(lowest >= 0 && lowest < 100 && close(lowest) == 0);
  if (strcmp(how, "child_redirects") == 0) return child_redirects();
  if (strcmp(how, "reuse") == 0) open_as_stderr();
  if (strcmp(how, "redirect") == 0) dup2(open(path, O_WRONLY), STDERR_FILENO);
  if (strcmp(how, "reopen") == 0) freopen(path, "w", stderr);
  if (strcmp(how, "fclose") == 0) fclose(stderr);
  if (strcmp(how, "loop") == 0) close_all_one_by_one();
  if (strcmp(how, "closefrom") == 0) closefrom(0);
  if (strcmp(how, "range") == 0) close_range(1, ~0U, 0);
  double_free();
  if (size_of_file() != 0) abort();
  return 0;
}
