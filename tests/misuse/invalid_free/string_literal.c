// A default value that was never copied.
// expect: invalid-free
#include "../misuse.h"

int main(void) {
  const char* name = "default";
  free(hide((void*)name));
  return 0;
}
