// malloc() of a size that is read from a freed block, and one more.
// expect: use-after-free
#include "../misuse.h"

struct Text {
  char* bytes;
  size_t length;
};

int main(void) {
  struct Text* text = hide(malloc(sizeof *text));
  text->length = 10;
  free(text);
  return malloc(((struct Text*)hide(text))->length + 1) == NULL;
}
