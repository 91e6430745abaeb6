// A buffer whose address lies in a block that has been freed.
// expect: use-after-free
#include <fcntl.h>
#include <unistd.h>

#include "../misuse.h"

int main(void) {
  struct record {
    char* buffer;
    size_t size;
  };
  struct record* record = hide(malloc(sizeof *record));
  static char buffer[16];
  record->buffer = buffer;
  free(record);
  if (write(open("/dev/null", O_WRONLY), record->buffer, 16) >= 0) return 1;
  return 0;
}
