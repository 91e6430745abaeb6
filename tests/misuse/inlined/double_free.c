// expect: double-free
// An entry is dropped, and again with its file.
#define ROOM_FOR_NUL 1
#include "ini.h"

OUTER void forget(struct file* file) { drop_entry(file->first); }

int main(void) {
  struct file file = {NULL};
  parse(&file, "interface=  eth0\n");
  forget(&file);
  close_file(&file);
  return 0;
}
