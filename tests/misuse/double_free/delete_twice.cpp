// delete in the destructors of two owners.
// expect: double-free
#include "../misuse.h"

struct Owner {
  long* value;
  NOINLINE ~Owner() { delete value; }
};

int main() {
  Owner first{static_cast<long*>(hide(new long(1)))};
  Owner second{static_cast<long*>(hide(first.value))};
  return 0;
}
