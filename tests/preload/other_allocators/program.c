/* Blocks of other allocators, and libc's second names of its own. The first argument says which. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

void* mallocx(size_t size, int flags);
void* __libc_malloc(size_t size);
void __libc_free(void* pointer);

static void* (*libc_malloc)(size_t);

static void* allocate(void* size) { return libc_malloc((size_t)size); }

static void* in_thread(size_t size) {
  pthread_t thread;
  void* block = 0;
  if (pthread_create(&thread, 0, allocate, (void*)size) != 0 || pthread_join(thread, &block) != 0) abort();
  return block;
}

int main(int count, char** arguments) {
  const char* const what = count > 1 ? arguments[1] : "";
  void* const libc = dlopen("libc.so.6", RTLD_LAZY | RTLD_NOLOAD);
  libc_malloc = (void* (*)(size_t))dlsym(libc, "malloc");
  if (strcmp(what, "second_heap") == 0) {
    free(mallocx(24, 0));
  } else if (strcmp(what, "libc") == 0) {
    free(libc_malloc(24));
  } else if (strcmp(what, "libc_large") == 0) {
    free(libc_malloc(1 << 20));
  } else if (strcmp(what, "libc_thread") == 0) {
    free(in_thread(24));
  } else if (strcmp(what, "libc_realloc") == 0) {
    char* const old = strcpy((char*)libc_malloc(24), "text");
    char* const grown = (char*)realloc(old, 1000);
    if (grown == 0 || strcmp(grown, "text") != 0) return 1;
    free(grown);
  } else if (strcmp(what, "to_libc") == 0 || strcmp(what, "to_libc_realloc") == 0) {
    /* It aborts or faults there, as the word in front of the block decides. */
    void (*const libc_free)(void*) = (void (*)(void*))dlsym(libc, "free");
    void* (*const libc_realloc)(void*, size_t) = (void* (*)(void*, size_t))dlsym(libc, "realloc");
    void* volatile block = malloc(100);
    if (what[7] == 0) {
      libc_free(block);
    } else {
      libc_realloc(block, 1000);
    }
  } else if (strcmp(what, "second_name") == 0) {
    char* volatile block = (char*)__libc_malloc(24);
    memset(block, 0, 25);
    __libc_free(block);
  } else {
    return 2;
  }
  return 0;
}
