// status: 134
// Blocks that are too large to be guarded ones. Bytes up to the end are written to as well.
#include "pinpoint/programs/pinpoint.h"

enum { kLarge = 700001, kFew = 4 };

static NOINLINE void end_string(char* text, long length) { poke(text, length, 0, 1); }

int main(void) {
  char* texts[kFew];
  for (int i = 0; i < kFew; ++i) {
    texts[i] = malloc(kLarge);
    memset(texts[i], 'a', kLarge);
  }
  for (int i = 0; i < kFew; ++i) end_string(texts[i], kLarge - 1 + (i == 2));
  for (int i = 0; i < kFew; ++i) free(texts[i]);
  return 0;
}
