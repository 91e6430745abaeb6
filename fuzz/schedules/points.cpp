// What a compiler calls for ThreadSanitizer, which is left out: each atomic access of the code that was
// compiled with it is reported to the scheduler, and then made. So the sources need no marks, and none can be
// missing.
#include <cstddef>
#include <cstdint>

#include "schedules/scheduler.h"

namespace {

void before(const volatile void* word, bool writes) noexcept {
  padlock::fuzz::scheduler.access(reinterpret_cast<std::uintptr_t>(word), writes);
}

}  // namespace

// NOLINTBEGIN(bugprone-macro-parentheses,bugprone-reserved-identifier): the compiler's names
#define PADLOCK_FETCH(bits, type, name, builtin)                            \
  type __tsan_atomic##bits##_##name(volatile type* word, type value, int) { \
    before(word, true);                                                     \
    return builtin(word, value, __ATOMIC_SEQ_CST);                          \
  }
#define PADLOCK_ATOMICS(bits, type)                                                                        \
  type __tsan_atomic##bits##_load(const volatile type* word, int) {                                        \
    before(word, false);                                                                                   \
    return __atomic_load_n(word, __ATOMIC_SEQ_CST);                                                        \
  }                                                                                                        \
  void __tsan_atomic##bits##_store(volatile type* word, type value, int) {                                 \
    before(word, true);                                                                                    \
    __atomic_store_n(word, value, __ATOMIC_SEQ_CST);                                                       \
  }                                                                                                        \
  PADLOCK_FETCH(bits, type, exchange, __atomic_exchange_n)                                                 \
  PADLOCK_FETCH(bits, type, fetch_add, __atomic_fetch_add)                                                 \
  PADLOCK_FETCH(bits, type, fetch_sub, __atomic_fetch_sub)                                                 \
  PADLOCK_FETCH(bits, type, fetch_and, __atomic_fetch_and)                                                 \
  PADLOCK_FETCH(bits, type, fetch_or, __atomic_fetch_or)                                                   \
  PADLOCK_FETCH(bits, type, fetch_xor, __atomic_fetch_xor)                                                 \
  bool __tsan_atomic##bits##_compare_exchange_strong(volatile type* word, type* expected, type value, int, \
                                                     int) {                                                \
    before(word, true);                                                                                    \
    return __atomic_compare_exchange_n(word, expected, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);  \
  }                                                                                                        \
  bool __tsan_atomic##bits##_compare_exchange_weak(volatile type* word, type* expected, type value, int,   \
                                                   int) {                                                  \
    before(word, true);                                                                                    \
    return __atomic_compare_exchange_n(word, expected, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);  \
  }
#define PADLOCK_PLAIN(size)                  \
  void __tsan_read##size(void*) {}           \
  void __tsan_write##size(void*) {}          \
  void __tsan_unaligned_read##size(void*) {} \
  void __tsan_unaligned_write##size(void*) {}

#pragma GCC diagnostic ignored "-Wmissing-declarations"
extern "C" {
PADLOCK_ATOMICS(8, std::uint8_t)
PADLOCK_ATOMICS(16, std::uint16_t)
PADLOCK_ATOMICS(32, std::uint32_t)
PADLOCK_ATOMICS(64, std::uint64_t)
void __tsan_atomic_thread_fence(int) { __atomic_thread_fence(__ATOMIC_SEQ_CST); }
void __tsan_atomic_signal_fence(int) {}

PADLOCK_PLAIN(1)
PADLOCK_PLAIN(2)
PADLOCK_PLAIN(4)
PADLOCK_PLAIN(8)
PADLOCK_PLAIN(16)
void __tsan_read_range(void*, std::size_t) {}
void __tsan_write_range(void*, std::size_t) {}
void __tsan_vptr_read(void*) {}
void __tsan_vptr_update(void*, void*) {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_init() {}
}
// NOLINTEND(bugprone-macro-parentheses,bugprone-reserved-identifier)
