// By the destructor of a thread-specific key. Other keys' destructors may still allocate and free, in the
// same round or a later one, so the key is set again until the last round there is.
#include "os/thread_end.h"

#include <limits.h>
#include <pthread.h>

#include <cstdint>

namespace padlock::os {
namespace {

// The last time, counted from 1, that a thread's destructors run code of ours. The very last is too late
// under ThreadSanitizer, for which the thread has ended by then.
#ifdef __SANITIZE_THREAD__
constexpr std::uintptr_t kLastRound = PTHREAD_DESTRUCTOR_ITERATIONS - 1;
#else
constexpr std::uintptr_t kLastRound = PTHREAD_DESTRUCTOR_ITERATIONS;
#endif

pthread_key_t key;
void (*on_end)() noexcept = nullptr;

bool set_round(std::uintptr_t round) noexcept {
  return pthread_setspecific(key, reinterpret_cast<void*>(round)) == 0;
}

void on_key_destroyed(void* value) {
  const auto round = reinterpret_cast<std::uintptr_t>(value);
  if (round < kLastRound && set_round(round + 1)) return;
  on_end();
}

}  // namespace

bool watch_thread_ends(void (*at_end)() noexcept) noexcept {
  on_end = at_end;
  return pthread_key_create(&key, on_key_destroyed) == 0;
}

void await_thread_end() noexcept { set_round(1); }

}  // namespace padlock::os
