// status: 0
// Two processes damage a block each, of which one is looked for.
#include <sys/wait.h>

#include "pinpoint/programs/pinpoint.h"

static NOINLINE void end_string(char* text) { poke(text, kSize, 0, 1); }

static NOINLINE void step_back(char* text) { poke(text, -2, 0, 2); }

static NOINLINE void run_child(void (*body)(void)) {
  if (fork() == 0) {
    body();
    exit(0);
  }
  wait(NULL);
}

static void overflow(void) {
  allocate_blocks();
  end_string(blocks[3]);
  free_blocks();
}

static void underflow(void) {
  char* const text = malloc(40);
  step_back(text);
  free(text);
}

int main(void) {
  run_child(overflow);
  run_child(underflow);
  return 0;
}
