// delete[] twice of 64 KiB.
// expect: double-free
#include "../misuse.h"

int main() {
  char* buffer = static_cast<char*>(hide(new char[64 * 1024]));
  delete[] buffer;
  delete[] static_cast<char*>(hide(buffer));
  return 0;
}
