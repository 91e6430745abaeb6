// A library that is loaded out of others' sight calls its own strlcpy and strlcat, which libc may lack.
// expect: nothing
#define _GNU_SOURCE
#include <dlfcn.h>

#include "../misuse.h"

static size_t (*join)(char* to, const char* a, const char* b, size_t size);

static void expect(size_t size, size_t length, const char* text) {
  char* block = hide(malloc(size + 1));
  block[0] = 'x';
  block[size] = '|';
  if (join(block, "hello ", "world", size) != length || block[size] != '|') abort();
  if (strcmp(size != 0 ? block : "", text) != 0) abort();
  free(block);
}

int main(void) {
  void* plugin = dlopen(PLUGIN, RTLD_NOW | RTLD_LOCAL);
  if (plugin == NULL) abort();
  *(void**)&join = dlsym(plugin, "plugin_join");
  if (join == NULL) abort();
  expect(12, 11, "hello world");
  expect(11, 11, "hello worl");
  expect(7, 11, "hello ");
  expect(3, 7, "he");
  expect(1, 5, "");
  expect(0, 5, "");
  dlclose(plugin);
  return 0;
}
