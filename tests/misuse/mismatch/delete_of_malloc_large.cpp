// malloc of 1 MiB, delete[].
// expect: alloc-dealloc-mismatch
#include "../misuse.h"

int main() {
  char* buffer = static_cast<char*>(hide(malloc(1024 * 1024)));
  delete[] buffer;
  return 0;
}
