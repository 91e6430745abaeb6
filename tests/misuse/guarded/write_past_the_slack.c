// A write behind what alignment leaves over: trapped in the act.
// expect: heap-buffer-overflow
// options: guard_per_site=2:guard_after=0
#include "../misuse.h"

int main(void) {
  int* numbers = hide(malloc(10 * sizeof *numbers));
  for (int i = 0; i <= 12; ++i) ((volatile int*)numbers)[i] = i;
  return 0;
}
