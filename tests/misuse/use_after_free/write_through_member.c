// A write through a pointer that was read from a freed block; inside libc, by whatever instruction it uses.
// expect: use-after-free
#include "../misuse.h"

struct Buffer {
  long size;
  long used;
  char* bytes;
};

int main(void) {
  struct Buffer* buffer = hide(malloc(sizeof *buffer));
  buffer->bytes = hide(malloc(100));
  free(buffer);
  memset(((struct Buffer*)hide(buffer))->bytes + 40, 'x', 60);
  return 0;
}
