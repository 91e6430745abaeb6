// A handle that outlived its object sets its count to zero.
// expect: use-after-free-write
#include "../misuse.h"

struct Shared {
  char name[16];
  long references;
};

static NOINLINE void release(Shared* shared) { overwrite(&shared->references, 0, 0, 8); }

int main() {
  Shared* shared = static_cast<Shared*>(hide(new Shared()));
  delete shared;
  release(shared);
  return 0;
}
