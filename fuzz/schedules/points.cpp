// What a compiler calls for ThreadSanitizer, which is left out: each atomic access of the code that was
// compiled with it is reported to the scheduler, and then made. So the sources need no marks, and none can be
// missing.
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

#include "schedules/races.h"
#include "schedules/scheduler.h"

namespace {

using padlock::fuzz::AtomicAccess;
using padlock::fuzz::races;
using padlock::fuzz::scheduler;

void before(const volatile void* word, AtomicAccess access, int order) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(word);
  scheduler.access(address, access != AtomicAccess::kLoad);
  if (const std::size_t thread = scheduler.scheduled(); thread != padlock::fuzz::kThreads)
    races.atomic_access(thread, address, access, order);
}

void plain(const void* memory, std::size_t size, bool writes, const void* code) noexcept {
  if (const std::size_t thread = scheduler.scheduled(); thread != padlock::fuzz::kThreads)
    races.plain_access(thread, reinterpret_cast<std::uintptr_t>(memory), size, writes,
                       reinterpret_cast<std::uintptr_t>(code));
}

// One that fails is a load.
template <typename Type>
bool exchange_if(volatile Type* word, Type* expected, Type value, int order, int order_of_failure) noexcept {
  const auto address = reinterpret_cast<std::uintptr_t>(word);
  scheduler.access(address, true);
  const bool done =
      __atomic_compare_exchange_n(word, expected, value, false, __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
  if (const std::size_t thread = scheduler.scheduled(); thread != padlock::fuzz::kThreads)
    races.atomic_access(thread, address, done ? AtomicAccess::kExchange : AtomicAccess::kLoad,
                        done ? order : order_of_failure);
  return done;
}

}  // namespace

// NOLINTBEGIN(bugprone-macro-parentheses,bugprone-reserved-identifier): the compiler's names
#define PADLOCK_FETCH(bits, type, name, builtin)                                  \
  type __tsan_atomic##bits##_##name(volatile type* word, type value, int order) { \
    before(word, AtomicAccess::kExchange, order);                                 \
    return builtin(word, value, __ATOMIC_SEQ_CST);                                \
  }
#define PADLOCK_ATOMICS(bits, type)                                                                   \
  type __tsan_atomic##bits##_load(const volatile type* word, int order) {                             \
    before(word, AtomicAccess::kLoad, order);                                                         \
    return __atomic_load_n(word, __ATOMIC_SEQ_CST);                                                   \
  }                                                                                                   \
  void __tsan_atomic##bits##_store(volatile type* word, type value, int order) {                      \
    before(word, AtomicAccess::kStore, order);                                                        \
    __atomic_store_n(word, value, __ATOMIC_SEQ_CST);                                                  \
  }                                                                                                   \
  PADLOCK_FETCH(bits, type, exchange, __atomic_exchange_n)                                            \
  PADLOCK_FETCH(bits, type, fetch_add, __atomic_fetch_add)                                            \
  PADLOCK_FETCH(bits, type, fetch_sub, __atomic_fetch_sub)                                            \
  PADLOCK_FETCH(bits, type, fetch_and, __atomic_fetch_and)                                            \
  PADLOCK_FETCH(bits, type, fetch_or, __atomic_fetch_or)                                              \
  PADLOCK_FETCH(bits, type, fetch_xor, __atomic_fetch_xor)                                            \
  bool __tsan_atomic##bits##_compare_exchange_strong(volatile type* word, type* expected, type value, \
                                                     int order, int order_of_failure) {               \
    return exchange_if(word, expected, value, order, order_of_failure);                               \
  }                                                                                                   \
  bool __tsan_atomic##bits##_compare_exchange_weak(volatile type* word, type* expected, type value,   \
                                                   int order, int order_of_failure) {                 \
    return exchange_if(word, expected, value, order, order_of_failure);                               \
  }
#define PADLOCK_PLAIN(size)                                                                         \
  void __tsan_read##size(void* memory) { plain(memory, size, false, __builtin_return_address(0)); } \
  void __tsan_write##size(void* memory) { plain(memory, size, true, __builtin_return_address(0)); } \
  void __tsan_unaligned_read##size(void* memory) {                                                  \
    plain(memory, size, false, __builtin_return_address(0));                                        \
  }                                                                                                 \
  void __tsan_unaligned_write##size(void* memory) { plain(memory, size, true, __builtin_return_address(0)); }

#pragma GCC diagnostic ignored "-Wmissing-declarations"
extern "C" {
PADLOCK_ATOMICS(8, std::uint8_t)
PADLOCK_ATOMICS(16, std::uint16_t)
PADLOCK_ATOMICS(32, std::uint32_t)
PADLOCK_ATOMICS(64, std::uint64_t)
void __tsan_atomic_thread_fence(int order) {
  if (const std::size_t thread = scheduler.scheduled(); thread != padlock::fuzz::kThreads)
    races.fence(thread, order);
}
void __tsan_atomic_signal_fence(int /*order*/) {}

PADLOCK_PLAIN(1)
PADLOCK_PLAIN(2)
PADLOCK_PLAIN(4)
PADLOCK_PLAIN(8)
PADLOCK_PLAIN(16)
// Poison is verified by such pieces, megabytes of it: of each the first word stands for all.
void __tsan_read_range(void* memory, std::size_t size) {
  constexpr std::size_t kPiece = 64;
  plain(memory, size == kPiece ? 8 : size, false, __builtin_return_address(0));
}
void __tsan_write_range(void* memory, std::size_t size) {
  plain(memory, size, true, __builtin_return_address(0));
}
void __tsan_vptr_read(void*) {}
void __tsan_vptr_update(void*, void*) {}
void __tsan_func_entry(void*) {}
void __tsan_func_exit() {}
void __tsan_init() {}

// os/memory.cpp calls libc's under ThreadSanitizer, as what is mapped anew is nobody's.
void* mmap(void* address, std::size_t size, int protection, int flags, int file, off_t offset) noexcept {
  void* const memory =
      reinterpret_cast<void*>(syscall(SYS_mmap, address, size, protection, flags, file, offset));
  if (memory != MAP_FAILED && scheduler.scheduled() != padlock::fuzz::kThreads)
    races.forget(reinterpret_cast<std::uintptr_t>(memory), size);
  return memory;
}
}
// NOLINTEND(bugprone-macro-parentheses,bugprone-reserved-identifier)
