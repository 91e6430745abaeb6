/* A fuzz target with two bugs: an overflow, and a write after free. */
#include <padlock/fuzz.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  char* volatile block = malloc(24);
  if (size > 1 && data[0] == 'O' && data[1] == 'V') block[24] ^= 0x55;
  free(block);
  if (size > 1 && data[0] == 'U' && data[1] == 'A') block[20] ^= 0x55;
  padlock_after_input();
  return 0;
}
