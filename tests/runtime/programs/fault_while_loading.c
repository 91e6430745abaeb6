/* A fault while another thread is inside dlopen(3), where it holds the loader's lock: the report has its
 * names. argv[1]: a library, argv[2]: "constructor" of the library sleeps, or "loop": libraries come and go.
 */
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>
#include <unistd.h>

#include "check.h"

static const char* library;
static atomic_int loading;

__attribute__((visibility("default"))) void constructor_runs(void) { loading = 1; }

static void* load(void* unused) {
  dlopen(library, RTLD_NOW);
  return NULL;
}

static void* load_again_and_again(void* unused) {
  for (;;) {
    void* const handle = dlopen(library, RTLD_NOW);
    loading = 1;
    if (handle != NULL) dlclose(handle);
  }
}

int main(int argc, char** argv) {
  pthread_t thread;
  CHECK(argc == 3);
  library = argv[1];
  const int loop = strcmp(argv[2], "loop") == 0;
  for (int i = 0; i < (loop ? 3 : 1); ++i)
    CHECK(pthread_create(&thread, NULL, loop ? load_again_and_again : load, NULL) == 0);
  while (!loading) usleep(1000);
  char* block = malloc(100);
  free(block);
  free(OPAQUE(block));
  return 0;
}
