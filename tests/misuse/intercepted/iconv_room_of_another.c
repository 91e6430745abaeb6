// Each character becomes four bytes, and the room is another block's.
// expect: heap-buffer-overflow
#include <iconv.h>

#include "../misuse.h"

int main(void) {
  const iconv_t conversion = iconv_open("UTF-32LE", "UTF-8");
  char text[] = "abc";
  char* from = text;
  size_t size = 3;
  char* block = hide(malloc(8));
  char* to = block;
  size_t room = 80;
  iconv(conversion, &from, &size, &to, &room);
  free(block);
  iconv_close(conversion);
  return 0;
}
