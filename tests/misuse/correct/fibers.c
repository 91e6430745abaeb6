// Allocations on stacks that makecontext made, themselves from malloc, with switches in between.
// expect: nothing
#include <ucontext.h>

#include "../misuse.h"

enum { kFibers = 4, kStack = 128 * 1024 };
static ucontext_t main_context, fibers[kFibers];
static void* blocks[kFibers];

static void run(int index) {
  for (int i = 1; i < 100; ++i) {
    blocks[index] = realloc(blocks[index], (size_t)i * 10);
    swapcontext(&fibers[index], &main_context);
  }
}

int main(void) {
  void* stacks[kFibers];
  for (int i = 0; i < kFibers; ++i) {
    stacks[i] = malloc(kStack);
    getcontext(&fibers[i]);
    fibers[i].uc_stack.ss_sp = stacks[i];
    fibers[i].uc_stack.ss_size = kStack;
    fibers[i].uc_link = &main_context;
    makecontext(&fibers[i], (void (*)(void))run, 1, i);
  }
  for (int i = 0; i < 99 * kFibers; ++i) swapcontext(&main_context, &fibers[i % kFibers]);
  for (int i = 0; i < kFibers; ++i) {
    free(blocks[i]);
    free(stacks[i]);
  }
  return 0;
}
