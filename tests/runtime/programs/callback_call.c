/* The fault callback is given the call that each fault was found in; the last one comes from exit(). */
#include <malloc.h>
#include <padlock/padlock.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

static const char* volatile expected; /* the compiler knows that free() reads no variable */
static int faults = 0;

static void on_fault(const struct padlock_fault* fault, void* context) {
  (void)context;
  CHECK(strcmp(fault->call, expected) == 0);
  ++faults;
}

int main(void) {
  padlock_set_fault_callback(on_fault, NULL);
  char* block = malloc(100);
  expected = "malloc_usable_size";
  CHECK(malloc_usable_size(block + 1) == 0);
  expected = "realloc";
  CHECK(realloc(OPAQUE(block + 16), 200) == NULL);
  expected = "reallocarray";
  CHECK(reallocarray(OPAQUE(block + 32), 10, 20) == NULL);
  expected = "free";
  free(block);
  free(OPAQUE(block));
  expected = "trap";
  volatile char* large = malloc(1 << 19);
  (void)large[OPAQUE((size_t)(1 << 19) + 64)]; /* behind its padding: a guard page */
  CHECK(faults == 5);
  expected = "exit check";
  volatile char* overrun = malloc(100);
  overrun[OPAQUE((size_t)100)] = 0;
  return 0;
}
