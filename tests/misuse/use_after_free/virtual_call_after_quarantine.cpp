// The deleted object has left the quarantine: the pointer to its table became a link.
// expect: use-after-free
// options: arena_quarantine_kb=128
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
  Image* image = static_cast<Image*>(hide(new Bitmap));
  void* fence = hide(malloc(50000));
  delete image;
  churn();
  static_cast<Image*>(hide(image))->show();
  free(fence);
  return 0;
}
