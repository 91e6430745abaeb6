// A program's arguments lie beyond its stack.
// expect: invalid-free
#include "../misuse.h"

int main(int argc, char** argv) {
  free(hide(argv[0]));
  return 0;
}
