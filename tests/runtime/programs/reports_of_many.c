/* Several processes that find a fault each, at about the same time. */
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

enum { kProcesses = 6 };

int main(void) {
  for (int i = 0; i < kProcesses; ++i) {
    if (fork() != 0) continue;
    char* block = malloc(24 + i);
    block[OPAQUE(24 + i)] = 0;
    free(OPAQUE(block));
    return 0;
  }
  while (wait(NULL) > 0) {
  }
  return 0;
}
