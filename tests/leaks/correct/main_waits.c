// Another thread ends the process, while the first one waits with a block on its stack.
#include <unistd.h>
#include "../leaks.h"

static void* end(void* unused) {
  clear_stack();
  exit(0);
  return unused;
}

int main(void) {
  void* volatile pointer = take(70);
  pthread_t thread;
  pthread_create(&thread, NULL, end, NULL);
  clear_stack();
  pthread_join(thread, NULL);
  return pointer != NULL;
}
