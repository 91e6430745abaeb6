/* A library that keeps blocks: in a variable, and in thread-local data that the loader allocates. */
#include <stdlib.h>

void* variable;
__thread void* thread_local_pointer;
__thread char much[5000];

__attribute__((visibility("default"))) void keep_in_variable(void* block) { variable = block; }
__attribute__((visibility("default"))) void keep_in_thread_local(void* block) {
  much[0] = 1;
  thread_local_pointer = block;
}
