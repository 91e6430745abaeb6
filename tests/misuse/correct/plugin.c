/* Loaded and unloaded by dlopen_dlclose.c: allocates, and keeps a string that its unloading frees. */
#include <stdlib.h>
#include <string.h>

static char* kept;

__attribute__((constructor)) static void load(void) { kept = strdup("loaded"); }
__attribute__((destructor)) static void unload(void) { free(kept); }

__attribute__((visibility("default"))) char* plugin_make(size_t size) {
  char* buffer = malloc(size);
  return buffer ? memset(buffer, 'p', size) : NULL;
}
