// The API for allocators on top of malloc, and the names that AddressSanitizer gives it: forwards only.
#include "runtime/interposed/pools.h"
#include "padlock/padlock.h"
#include "preload/exported.h"
#include "trace/unwinder.h"

namespace runtime = padlock::runtime;

namespace padlock::preload {

const char pools_anchor = 0;

}  // namespace padlock::preload

PADLOCK_EXPORT void padlock_poison(const void* memory, size_t size) {
  runtime::poison_memory(memory, size, runtime::Fill::kFill, PADLOCK_CALLER_STATE());
}
PADLOCK_EXPORT void padlock_unpoison(const void* memory, size_t size) {
  runtime::unpoison_memory(memory, size, PADLOCK_CALLER_STATE());
}

// Weak: a sanitizer's runtime that is linked to the program comes first.
#define PADLOCK_EXPORT_WEAK PADLOCK_EXPORT __attribute__((weak))

PADLOCK_EXPORT_WEAK void __asan_poison_memory_region(const void volatile* memory, size_t size) {
  runtime::poison_memory(const_cast<const void*>(memory), size, runtime::Fill::kLeave,
                         PADLOCK_CALLER_STATE());
}
PADLOCK_EXPORT_WEAK void __asan_unpoison_memory_region(const void volatile* memory, size_t size) {
  runtime::unpoison_memory(const_cast<const void*>(memory), size, PADLOCK_CALLER_STATE());
}
PADLOCK_EXPORT_WEAK int __asan_address_is_poisoned(const void volatile* address) {
  return runtime::first_poisoned(const_cast<const void*>(address), 1) != nullptr ? 1 : 0;
}
PADLOCK_EXPORT_WEAK void* __asan_region_is_poisoned(void* memory, size_t size) {
  return const_cast<void*>(runtime::first_poisoned(memory, size));
}
