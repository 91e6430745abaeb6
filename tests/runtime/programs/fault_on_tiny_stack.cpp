// A double free by a thread with the smallest stack there is: the whole report is written.
#include <limits.h>
#include <pthread.h>

#include "check.h"

namespace {

void* free_twice(void*) {
  void* const block = OPAQUE(std::malloc(10));
  std::free(block);
  std::free(OPAQUE(block));
  return nullptr;
}

}  // namespace

int main() {
  pthread_attr_t attributes;
  CHECK(pthread_attr_init(&attributes) == 0);
  CHECK(pthread_attr_setstacksize(&attributes, PTHREAD_STACK_MIN) == 0);
  pthread_t thread;
  CHECK(pthread_create(&thread, &attributes, free_twice, nullptr) == 0);
  CHECK(pthread_join(thread, nullptr) == 0);
  return 0;
}
