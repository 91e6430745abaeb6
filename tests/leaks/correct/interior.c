// Pointers into the middle, to the last byte, and to an array of no objects behind its count.
#include "../leaks.h"

char* middle;
char* last;
char* empty;
void** tagged;
size_t* count;

int main(void) {
  middle = (char*)take(100) + 50;
  last = (char*)take(100) + 99;
  empty = malloc(0);
  count = take(sizeof(size_t));
  count += 1;
  tagged = (void**)((char*)take(500000) + 400001);
  clear_stack();
  return 0;
}
