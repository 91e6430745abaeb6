/* For fuzz targets: checks the heap after an input, so that the input that broke it is the one that is
 * blamed. In a program that runs without Padlock it does nothing.
 *
 * Example:
 *
 *     #include <padlock/fuzz.h>
 *     #include <stdio.h>
 *     #include <stdlib.h>
 *
 *     const char* padlock_default_options(void) { return "halt_on_error=0"; }
 *
 *     static int test_one_input(const unsigned char* data, size_t size) {
 *       char* freed = malloc(40);
 *       free(freed);
 *       if (size > 2 && data[0] == 'F') *(volatile char*)freed ^= 0x55;
 *       return padlock_after_input() != 0;
 *     }
 *
 *     int main(void) {
 *       const unsigned char inputs[][4] = {"abc", "For", "xyz"};
 *       for (int i = 0; i < 3; ++i) {
 *         if (test_one_input(inputs[i], 3)) puts((const char*)inputs[i]);  // For
 *       }
 *     }
 */
#ifndef PADLOCK_FUZZ_H
#define PADLOCK_FUZZ_H

#include <padlock/padlock.h>

#pragma weak padlock_check_heap

/* As padlock_check_heap(): reports every block that was damaged since the last look, and returns how many
 * faults are new. By default the first one ends the process, and the fuzzer keeps the input. Takes time in
 * proportion to the blocks of the heap: some 50 ns each. */
static inline size_t padlock_after_input(void) {
  return padlock_check_heap ? padlock_check_heap() : 0; /* NOLINT(readability-implicit-bool-conversion): C */
}

/* The same after every `inputs`th call only, for targets with a large heap: one of so many inputs is to
 * blame. Not thread-safe. */
static inline size_t padlock_after_inputs(unsigned inputs) {
  static unsigned calls;
  if (inputs == 0 || ++calls % inputs != 0) return 0;
  return padlock_after_input();
}

#endif
