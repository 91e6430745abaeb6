// The block that realloc returned is lost: named by the call of realloc.
// leak: Direct leak: 5000 bytes in 1 block, grow < main
#include "../leaks.h"

__attribute__((noinline)) static void grow(void) {
  char* text = take(10);
  text = realloc(text, 5000);
  text[0] = 1;
}

int main(void) {
  grow();
  clear_stack();
  return 0;
}
