// status: 25
// A block that is too large to be a guarded one.
#include "pinpoint/programs/pinpoint.h"

static NOINLINE void end_string(char* text, long length) { poke(text, length, 0, 1); }

int main(void) {
  char* text = hide(malloc(700001));
  end_string(text, 700001);
  free(text);
  return 0;
}
