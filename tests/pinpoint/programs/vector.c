// status: 134
// Sixteen bytes at once, of which the last eight are too many.
#include <emmintrin.h>

#include "pinpoint/programs/pinpoint.h"

static NOINLINE void clear(char* to) { _mm_storeu_si128((__m128i*)hide(to), _mm_setzero_si128()); }

int main(void) {
  allocate_blocks();
  clear(blocks[5]);
  clear(blocks[5] + 8);
  clear(blocks[5] + 16);
  free_blocks();
  return 0;
}
