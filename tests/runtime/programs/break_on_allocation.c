/* Numbers of allocations: each call that allocates takes one, by whatever way it goes, and a debugger can
 * break at one. The program runs twice: first it looks which number its last block has; the second time it is
 * called at that number, where no call takes the quick path, and at no other. */
#include <padlock/padlock.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

static const void* reached;
static int times;

/* In place of Padlock's, as a break point would be. */
void padlock_allocation_reached(const void* block, uint64_t number) {
  reached = block;
  times += number != 0;
}

static uint64_t allocations(void) {
  struct padlock_statistics statistics = {.size = sizeof statistics};
  padlock_stats(&statistics);
  return statistics.allocations;
}

/* Returns how many calls it has made; blocks of all sizes, and such that move from the quick path to the long
 * way. */
static int allocate(void) {
  int calls = 0;
  for (size_t size = 1; size < 3000000; size = size * 3 / 2 + 1) {
    char* block = OPAQUE(malloc(size));
    for (size_t longer = size; longer < size + 4000; longer += 500) {
      block = OPAQUE(realloc(block, longer));
      ++calls;
    }
    free(block);
    free(OPAQUE(calloc(3, size)));
    calls += 2;
  }
  return calls;
}

int main(int argc, char** argv) {
  const uint64_t before = allocations();
  const int calls = allocate();
  CHECK(allocations() - before == (uint64_t)calls);
  void* const last = OPAQUE(malloc(100));
  CHECK(allocations() - before == (uint64_t)calls + 1);
  if (argc > 1) {
    CHECK(times == 1 && reached == last);
    return 0;
  }
  CHECK(times == 0);
  char options[64];
  snprintf(options, sizeof options, "break_on_allocation=%llu", (unsigned long long)allocations());
  setenv("PADLOCK_OPTIONS", options, 1);
  execl(argv[0], argv[0], "again", (char*)NULL);
  return 3;
}
