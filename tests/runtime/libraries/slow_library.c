/* A library whose constructor takes longer than any report, if the program asks for that. */
#include <stdio.h>
#include <unistd.h>

extern void constructor_runs(void) __attribute__((weak));

__attribute__((constructor)) static void run(void) {
  if (constructor_runs == NULL) return;
  constructor_runs();
  sleep(30);
  fprintf(stderr, "ERROR: Padlock: the report was not finished before the constructor\n");
}
