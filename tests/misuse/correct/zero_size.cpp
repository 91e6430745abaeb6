// Zero-size blocks: distinct, freeable, growable.
// expect: nothing
#include "../misuse.h"

int main() {
  void* first = hide(malloc(0));
  void* second = hide(calloc(0, 8));
  char* third = static_cast<char*>(hide(new char[0]));
  void* fourth = hide(aligned_alloc(64, 0));
  if (!first || !second || !third || !fourth || first == second) return 1;
  first = hide(realloc(first, 100));
  memset(first, 1, 100);
  free(first);
  free(second);
  delete[] third;
  free(fourth);
  return 0;
}
