/* A program that the options exclude: its blocks are libc's, so one byte too many is not found, and whatever
 * it asks of the allocator works. With "child" it starts another program, the second argument, which is
 * guarded again. */
#define _GNU_SOURCE
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "check.h"

extern int padlock_describe(const void* address) __attribute__((weak));
extern size_t padlock_check_heap(void) __attribute__((weak));

static void overrun(void) {
  char* volatile block = malloc(20);
  CHECK(malloc_usable_size(block) >= 21);
  memset(block, 'x', 21);
  free(block);
}

static void* in_thread(void* unused) {
  for (int i = 0; i < 1000; ++i) overrun();
  return unused;
}

static void use_all_functions(void) {
  char* zeroed = calloc(100, 10);
  CHECK(zeroed != NULL && zeroed[999] == 0);
  CHECK(padlock_describe == NULL || !padlock_describe(zeroed));
  zeroed = realloc(strcpy(zeroed, "text"), 100000);
  CHECK(strcmp(zeroed, "text") == 0);
  free(zeroed);
  void* aligned = NULL;
  CHECK(posix_memalign(&aligned, 4096, 10) == 0 && (uintptr_t)aligned % 4096 == 0);
  free(aligned);
  aligned = aligned_alloc(64, 128);
  CHECK((uintptr_t)aligned % 64 == 0);
  free(aligned);
  free(reallocarray(NULL, 10, 10));
  void* const large = malloc(1 << 24);
  CHECK(large != NULL);
  free(large);
  malloc_trim(0);
  CHECK(padlock_check_heap == NULL || padlock_check_heap() == 0);
}

int main(int argc, char** argv) {
  pthread_t thread;
  overrun();
  use_all_functions();
  CHECK(pthread_create(&thread, NULL, in_thread, NULL) == 0);
  in_thread(NULL);
  CHECK(pthread_join(thread, NULL) == 0);
  if (argc == 1) return 0;
  const pid_t child = fork();
  if (child == 0) {
    overrun();
    execv(argv[1], (char*[]){argv[1], NULL});
    _exit(100);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
