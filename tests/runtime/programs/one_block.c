/* One block, released where another tool looks after it. */
#include <stdlib.h>
#include <string.h>

int main(void) {
  char* volatile block = (char*)malloc(24);
  memset(block, 'x', 24);
  free(block);
  return 0;
}
