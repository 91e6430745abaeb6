// What main() is passed is no block of the heap.
// expect: invalid-free
#include "../misuse.h"

int main(int argc, char** argv) {
  free(hide(argv));
  return 0;
}
