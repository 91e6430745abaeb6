// Behind the last element, in the padding.
// expect: invalid-free
#include "../misuse.h"

int main() {
  int* numbers = static_cast<int*>(hide(new int[5]));
  delete[] static_cast<int*>(hide(numbers + 6));
  return 0;
}
