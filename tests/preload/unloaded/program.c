/* Overruns blocks of libraries that are unloaded by then: what the second argument says, the libraries behind
 * it. */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef char* (*maker)(void);

static void* library;

static maker load(const char* path, const char* name) {
  library = dlopen(path, RTLD_NOW);
  if (library == NULL) {
    fprintf(stderr, "%s\n", dlerror());
    exit(1);
  }
  return (maker)dlsym(library, name);
}

static void unload(void) {
  if (dlclose(library) != 0) exit(1);
}

static void overrun(char* block) {
  *(volatile char*)(block + 24) = 0;
  free(block);
}

int main(int count, char** arguments) {
  if (count < 4) return 2;
  const maker first = load(arguments[2], "make_first");
  char* const block = first();
  char* const other = first();
  unload();
  if (strcmp(arguments[1], "gone") == 0) {
    overrun(block);
    return 0;
  }
  const maker second = load(arguments[3], "make_second");
  if (second != first) return 3; /* not at the same place */
  if (strcmp(arguments[1], "mapped_over") == 0) {
    overrun(block);
    return 0;
  }
  char* const of_second = second();
  overrun(block);
  overrun(of_second);
  unload();
  if (load(arguments[2], "make_first") != first) return 3;
  overrun(other);
  overrun(first());
  return 0;
}
