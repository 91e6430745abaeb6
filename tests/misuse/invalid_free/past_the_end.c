// One byte beyond the end, in the padding.
// expect: invalid-free
#include "../misuse.h"

int main(void) {
  char* text = hide(malloc(100));
  free(hide(text + 101));
  return 0;
}
