// The first thread has ended by itself: there is nothing to stop.
#include <unistd.h>
#include "../leaks.h"

static pthread_t first;
void* kept;

void* end(void* unused) {
  pthread_join(first, NULL);
  clear_stack();
  exit(0);
  return unused;
}

int main(void) {
  kept = take(70);
  first = pthread_self();
  pthread_t thread;
  pthread_create(&thread, NULL, end, NULL);
  clear_stack();
  pthread_exit(NULL);
}
