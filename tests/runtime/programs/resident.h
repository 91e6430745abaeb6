/* How much memory the process has, as the kernel counts it. */
#pragma once

#include <stdio.h>

#include "check.h"

static long resident_kib(void) {
  long size = 0;
  long resident = 0;
  FILE* const file = fopen("/proc/self/statm", "r");
  CHECK(fscanf(file, "%ld %ld", &size, &resident) == 2);
  fclose(file);
  return resident * 4;
}
