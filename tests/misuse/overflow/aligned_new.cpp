// Past an over-aligned object.
// expect: heap-buffer-overflow
#include "../misuse.h"

struct alignas(64) Line {
  char bytes[64];
};

int main() {
  Line* line = static_cast<Line*>(hide(new Line));
  overwrite(line, 64, 'L', 1);
  delete line;
  return 0;
}
