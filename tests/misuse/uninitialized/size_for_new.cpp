// The size of a buffer that was never set.
// expect: use-of-uninitialized-value
#include "../misuse.h"

struct Text {
  char* bytes;
  unsigned long length;
};

int main() {
  Text* text = static_cast<Text*>(hide(new Text));
  text->bytes = static_cast<char*>(::operator new(static_cast<Text*>(hide(text))->length));
  return 0;
}
