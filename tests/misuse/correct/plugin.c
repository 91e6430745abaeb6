/* Loaded and unloaded by dlopen_dlclose.c: allocates, and keeps a string that its unloading frees. For
 * strings_cut_by_a_plugin.c it brings a strlcpy and a strlcat of its own. */
#include <stdlib.h>
#include <string.h>

static char* kept;

__attribute__((constructor)) static void load(void) { kept = strdup("loaded"); }
__attribute__((destructor)) static void unload(void) { free(kept); }

__attribute__((visibility("default"))) char* plugin_make(size_t size) {
  char* buffer = malloc(size);
  return buffer ? memset(buffer, 'p', size) : NULL;
}

size_t strlcpy(char* to, const char* from, size_t size) {
  size_t length = strlen(from);
  if (size == 0) return length;
  size_t copied = length < size ? length : size - 1;
  memcpy(to, from, copied);
  to[copied] = '\0';
  return length;
}

size_t strlcat(char* to, const char* from, size_t size) {
  size_t before = strnlen(to, size);
  return before + strlcpy(to + before, from, size - before);
}

__attribute__((visibility("default"))) size_t plugin_join(char* to, const char* a, const char* b,
                                                          size_t size) {
  strlcpy(to, a, size);
  return strlcat(to, b, size);
}
