// The deleted object has left the quarantine and was merged with the block behind it, long ago.
// expect: use-after-free
// options: arena_quarantine_kb=128
#include <malloc.h>

#include "../misuse.h"

struct Image {
  virtual void show() = 0;
  virtual ~Image() = default;
};
struct Bitmap : Image {
  NOINLINE void show() override {}
  char pixels[50000];
};

static NOINLINE void churn() {
  for (int i = 0; i < 1000; ++i) free(hide(malloc(40000)));
}

int main() {
  void* before = hide(malloc(50000));
  Image* image = static_cast<Image*>(hide(new Bitmap));
  void* behind = hide(malloc(50000));
  void* fence = hide(malloc(50000));
  delete image;
  free(behind);
  churn();
  malloc_trim(0);
  static_cast<Image*>(hide(image))->show();
  free(fence);
  free(before);
  return 0;
}
