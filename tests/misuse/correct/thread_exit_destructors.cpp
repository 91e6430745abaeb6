// Destructors of thread-specific data allocate, free, and set the value again for another round.
// expect: nothing
#include <pthread.h>

#include "../misuse.h"

static pthread_key_t key;
static thread_local int rounds = 0;

static void destroy(void* value) {
  free(value);
  free(hide(malloc(5000)));
  if (++rounds < 3) pthread_setspecific(key, malloc(40));
}

static void* work(void*) {
  static thread_local struct Late {
    char* buffer = static_cast<char*>(malloc(70));
    ~Late() { free(hide(buffer)); }
  } late;
  pthread_setspecific(key, malloc(40));
  return late.buffer ? nullptr : &rounds;
}

int main() {
  pthread_key_create(&key, destroy);
  for (int i = 0; i < 20; ++i) {
    pthread_t thread;
    pthread_create(&thread, nullptr, work, nullptr);
    pthread_join(thread, nullptr);
  }
  return 0;
}
