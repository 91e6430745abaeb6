// Handlers of atexit, static destructors and destructor functions allocate and free.
// expect: nothing
#include <string>

#include "../misuse.h"

static char* kept;
static std::string text(100, 'x');

static void handler() {
  kept = static_cast<char*>(realloc(kept, 1000));
  memset(kept, 1, 1000);
  atexit([] { free(hide(kept)); });
}

__attribute__((destructor)) static void last() { free(hide(malloc(300000))); }

int main() {
  kept = static_cast<char*>(hide(malloc(10)));
  atexit(handler);
  text += "grown";
  exit(0);
}
