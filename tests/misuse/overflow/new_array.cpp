// One element past an array from new[].
// expect: heap-buffer-overflow
#include "../misuse.h"

int main() {
  auto* values = static_cast<volatile int*>(hide(new int[6]));
  for (int i = 0; i < 4; ++i) must_change(const_cast<int*>(values), 24 + i, 4 + i, 1);
  values[6] = 0x07060504;
  delete[] values;
  return 0;
}
