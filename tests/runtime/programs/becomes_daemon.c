/* A daemon: lets go of its standard streams in one way of many (argv[1]), and stays until the file argv[2] is
 * there. If it does not come, it makes a file argv[3]. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

static void let_go(const char* how) {
  const int null = open("/dev/null", O_RDWR);
  if (strcmp(how, "dup2") == 0) {
    for (int i = 0; i < 3; ++i) dup2(null, i);
  }
  if (strcmp(how, "dup3") == 0) {
    for (int i = 0; i < 3; ++i) dup3(null, i, 0);
  }
  if (strcmp(how, "close") == 0) {
    for (int i = 0; i < 3; ++i) close(i);
  }
  if (strcmp(how, "closefrom") == 0) closefrom(0);
  if (strcmp(how, "fclose") == 0) {
    fclose(stdout);
    fclose(stderr);
  }
  if (strcmp(how, "freopen") == 0) {
    freopen("/dev/null", "w", stdout);
    freopen("/dev/null", "w", stderr);
  }
}

int main(int argc, char** argv) {
  CHECK(argc == 4);
  free(OPAQUE(malloc(10)));
  if (strcmp(argv[1], "daemon") == 0) {
    CHECK(daemon(1, 0) == 0);
  } else {
    if (fork() != 0) return 0;
    let_go(argv[1]);
  }
  for (int i = 0; i < 3000; ++i) {
    if (access(argv[2], F_OK) == 0) return 0;
    usleep(10000);
  }
  close(open(argv[3], O_WRONLY | O_CREAT, 0600));
  return 0;
}
