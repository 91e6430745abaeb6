// One element past an array from new[].
// expect: heap-buffer-overflow
#include "../misuse.h"

int main() {
  auto* values = static_cast<volatile int*>(hide(new int[6]));
  must_change(const_cast<int*>(values), 24, 0x04);
  must_change(const_cast<int*>(values), 27, 0x07);
  values[6] = 0x07060504;
  delete[] values;
  return 0;
}
