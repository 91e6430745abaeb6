// expect: use-after-free
// A value grows after its entry was dropped, all of it in inlined functions.
#define ROOM_FOR_NUL 1
#include "ini.h"

OUTER void reload(struct file* file, struct entry* entry) {
  drop_entry(entry);
  append_value(entry, "eth1");
  file->first = NULL;
}

int main(void) {
  struct file file = {NULL};
  parse(&file, "interface=  eth0\n");
  reload(&file, file.first);
  return 0;
}
