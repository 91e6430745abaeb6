// expect: nothing
// options: guard_per_site=2:guard_after=0
#include "../misuse.h"

int main(void) {
  for (int round = 0; round < 300; ++round) {
    unsigned char* bytes = hide(calloc(1, 5000));
    for (int i = 0; i < 5000; ++i) {
      if (bytes[i] != 0) return 1;
    }
    memset(bytes, 1, 5000);
    free(bytes);
  }
  return 0;
}
