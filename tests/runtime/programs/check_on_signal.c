/* SIGUSR2 with check_on_signal=1: the overflow is reported while the block lives; the program goes on. */
#include <signal.h>
#include <string.h>

#include "check.h"

int main(void) {
  char* block = malloc(30);
  spoil(block, 31);
  CHECK(raise(SIGUSR2) == 0);
  fprintf(stderr, "after the signal\n");
  block[30] = 0;
  return 0;
}
