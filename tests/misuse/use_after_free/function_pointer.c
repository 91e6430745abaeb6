// A function pointer in a freed block is called.
// expect: use-after-free
#include "../misuse.h"

struct Handler {
  void* data;
  void (*run)(void);
};

static NOINLINE void nothing(void) {}
static NOINLINE void fire(struct Handler* handler) {
  handler->run();
  hide(handler);
}

int main(void) {
  struct Handler* handler = hide(malloc(sizeof *handler));
  handler->run = nothing;
  free(handler);
  fire(hide(handler));
  return 0;
}
