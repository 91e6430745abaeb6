// The loader keeps the text of its last error; a library that was unloaded leaves nothing.
#include <dlfcn.h>
#include "../leaks.h"

int main(void) {
  void* library = dlopen(PLUGIN, RTLD_NOW);
  if (library == NULL || dlclose(library) != 0) return 1;
  if (dlopen("/nowhere/libnothing.so", RTLD_NOW) != NULL) return 2;
  clear_stack();
  return 0;
}
