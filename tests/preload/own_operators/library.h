/* An object that one side of a library's border creates and the other side deletes. */
#ifndef LIBRARY_H
#define LIBRARY_H

struct Thing {
  int numbers[10];
};

extern "C" __attribute__((visibility("default"))) Thing* make_thing();
extern "C" __attribute__((visibility("default"))) void drop_thing(Thing* thing);

#endif
