// expect: heap-buffer-overflow
// A copied text has no room for its NUL; the copy and the free that finds it are inlined.
#define ROOM_FOR_NUL 0
#include "ini.h"

int main(void) {
  struct file file = {NULL};
  parse(&file, "interface=  eth0\n");
  close_file(&file);
  return 0;
}
