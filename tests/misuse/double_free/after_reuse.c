// The block has been given to somebody else since it was freed first; that one has freed it too.
// expect: double-free
#include "../misuse.h"

enum { kBytes = 1000 };

static NOINLINE char* given_again(const char* stale) {
  for (int i = 0; i < 100000; ++i) {
    char* tenant = hide(malloc(kBytes));
    if (tenant == stale) return tenant;
    free(tenant);
  }
  abort();
}

static NOINLINE void drop(void* pointer) { free(pointer); }

int main(void) {
  char* stale = hide(malloc(kBytes));
  free(stale);
  char* tenant = given_again(stale);
  free(tenant);
  drop(stale);
  return 0;
}
