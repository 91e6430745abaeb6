/* limited LETTER KB PRELOADED PROGRAM [ARGUMENT...]: executes the program, with the library preloaded ("" for
   none), under a limit of memory, as `ulimit -LETTER KB` would. Not the shell's own, as the shell then lives
   under the limit too until it has executed the program: with a large environment it can no longer. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

static void limit(int resource, rlim_t bytes) {
  const struct rlimit limits = {bytes, bytes};
  if (setrlimit(resource, &limits) != 0) perror("setrlimit"), exit(126);
}

int main(int argc, char** argv) {
  if (argc < 5) return 126;
  if (argv[3][0] != '\0') setenv("LD_PRELOAD", argv[3], 1);
  limit(RLIMIT_CORE, 0);
  limit(strcmp(argv[1], "v") == 0 ? RLIMIT_AS : RLIMIT_DATA, strtoul(argv[2], NULL, 10) * 1024);
  execv(argv[4], argv + 4);
  _exit(126);
}
