/* The fault callback: it gets every fault, may allocate, and the program goes on (halt_on_error=0). */
#include <padlock/padlock.h>
#include <string.h>

#include "check.h"

static int calls = 0;
static char* block;

static void on_fault(const struct padlock_fault* fault, void* context) {
  CHECK(context == &calls);
  CHECK(fault->version == PADLOCK_FAULT_VERSION && fault->size == sizeof *fault);
  CHECK(strcmp(fault->kind, "heap-buffer-overflow") == 0);
  CHECK(strstr(fault->summary, "3 bytes written past the end of a 20-byte block") != NULL);
  CHECK(strchr(fault->summary, '\n') == NULL);
  CHECK(strstr(fault->report, "END OF REPORT") != NULL);
  CHECK(fault->block == block && fault->requested == 20);
  CHECK(fault->damage_offset == 20 && fault->damage_length == 3);
  CHECK(strcmp(fault->call, "heap check") == 0);
  free(OPAQUE(malloc(100)));
  free(OPAQUE(malloc(1000000)));
  ++calls;
}

int main(void) {
  CHECK(padlock_set_fault_callback(on_fault, &calls) == NULL);
  block = malloc(20);
  spoil(block, 23);
  CHECK(padlock_check_heap() == 1 && calls == 1);
  struct padlock_statistics stats;
  stats.size = sizeof stats;
  padlock_stats(&stats);
  CHECK(stats.known_faults == 0);
  CHECK(padlock_check_heap() == 0 && calls == 1); /* known by now */
  padlock_stats(&stats);
  CHECK(stats.known_faults == 1);
  free(block);
  CHECK(calls == 1);
  CHECK(padlock_check_heap() == 0);
  CHECK(padlock_set_fault_callback(NULL, NULL) == on_fault);
  padlock_stats(&stats);
  CHECK(stats.known_faults == 0);
  CHECK(stats.version == 2 && stats.size == sizeof stats && stats.faults == 1 && stats.allocations > 0);
  CHECK(strcmp(padlock_version(), "0.1.0") == 0);
  int local = 0;
  CHECK(padlock_describe(&local) == 0);
  char* live = malloc(50);
  CHECK(padlock_describe(live + 10) == 1);
  char* large = malloc(500000);
  CHECK(padlock_describe(large + 10) == 1);
  return 0;
}
