// An object is deleted as one of a type of one byte.
// expect: delete-size-mismatch
#include "../misuse.h"

int main() {
  long* number = new long(1);
  delete static_cast<char*>(hide(number));
  return 0;
}
