// Memory used in the destructors of thread-local objects and thread keys, by threads that return, that call
// pthread_exit, and that have hardly any stack.
#include <limits.h>
#include <pthread.h>

#include <cstring>
#include <string>

#include "check.h"

namespace {

pthread_key_t keys[40];  // libc allocates for keys beyond the 32nd

struct Local {
  std::string text = std::string(100, 'x');
  ~Local() { text += std::string(5000, 'y'); }
};

void destroy_key(void* value) {
  auto* const text = static_cast<char*>(value);
  CHECK(std::strlen(text) == 50);
  std::free(text);
  for (std::size_t size = 1; size < 1000000; size *= 10) std::free(std::malloc(size));
}

void* use_thread(void* exits) {
  thread_local Local local;
  local.text += 'z';
  for (pthread_key_t key : keys) {
    auto* const text = static_cast<char*>(std::calloc(51, 1));
    std::memset(text, 'k', 50);
    CHECK(pthread_setspecific(key, text) == 0);
  }
  if (exits != nullptr) pthread_exit(nullptr);
  return nullptr;
}

void* use_little(void*) {
  for (std::size_t size = 1; size < 1000000; size *= 2) std::free(std::malloc(size));
  return nullptr;
}

void run(void* (*body)(void*), void* argument, std::size_t stack) {
  pthread_attr_t attributes;
  CHECK(pthread_attr_init(&attributes) == 0);
  if (stack != 0) CHECK(pthread_attr_setstacksize(&attributes, stack) == 0);
  pthread_t thread;
  CHECK(pthread_create(&thread, &attributes, body, argument) == 0);
  CHECK(pthread_join(thread, nullptr) == 0);
  pthread_attr_destroy(&attributes);
}

// The first thing such a thread does is to have libc allocate under its own locks.
void* ask_for_attributes(void*) {
  pthread_attr_t attributes;
  CHECK(pthread_getattr_np(pthread_self(), &attributes) == 0);
  pthread_attr_destroy(&attributes);
  return nullptr;
}

}  // namespace

int main() {
  for (pthread_key_t& key : keys) CHECK(pthread_key_create(&key, destroy_key) == 0);
  int yes = 1;
  for (int i = 0; i < 200; ++i) {
    run(use_thread, nullptr, 0);
    run(use_thread, &yes, 0);
    run(use_little, nullptr, PTHREAD_STACK_MIN);
    run(ask_for_attributes, nullptr, 0);
  }
  return 0;
}
