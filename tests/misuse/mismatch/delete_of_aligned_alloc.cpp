// aligned_alloc, delete.
// expect: alloc-dealloc-mismatch
#include "../misuse.h"

int main() {
  char* buffer = static_cast<char*>(hide(aligned_alloc(64, 128)));
  delete buffer;
  return 0;
}
