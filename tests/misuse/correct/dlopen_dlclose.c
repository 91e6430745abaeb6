// Blocks allocated by a plugin outlive it; its code is loaded and unloaded many times.
// expect: nothing
#include <dlfcn.h>

#include "../misuse.h"

int main(void) {
  char* blocks[50];
  for (int i = 0; i < 50; ++i) {
    void* plugin = dlopen(PLUGIN, RTLD_NOW);
    if (!plugin) return 2;
    char* (*make)(size_t) = (char* (*)(size_t))dlsym(plugin, "plugin_make");
    blocks[i] = make(100 + (size_t)i);
    dlclose(plugin);
  }
  for (int i = 0; i < 50; ++i) free(hide(blocks[i]));
  return 0;
}
