// An index that was read from a freed block.
// expect: use-after-free
#include "../misuse.h"

struct Cursor {
  void* owner;
  size_t at;
};

static char text[100];

static NOINLINE int current(struct Cursor* cursor, char* of) { return of[cursor->at]; }

int main(void) {
  struct Cursor* cursor = hide(malloc(sizeof *cursor));
  cursor->at = 0;
  free(cursor);
  return current(hide(cursor), hide(text));
}
