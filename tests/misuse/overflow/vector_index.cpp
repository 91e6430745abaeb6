// operator[] past a std::vector's capacity.
// expect: heap-buffer-overflow
#include <vector>

#include "../misuse.h"

static NOINLINE void shift(std::vector<short>& values) {
  overwrite(&values[0], static_cast<long>(values.size() * sizeof(short)), 's', 2);
}

int main() {
  std::vector<short> values(12);
  shift(values);
  return 0;
}
