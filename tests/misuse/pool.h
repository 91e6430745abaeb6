/* Padlock's words for allocators on top of malloc, for programs that know nothing of Padlock. */
#ifndef PADLOCK_MISUSE_POOL_H
#define PADLOCK_MISUSE_POOL_H

#include "misuse.h"

#ifdef __cplusplus
extern "C" {
#endif
__attribute__((weak)) void padlock_poison(const void* memory, size_t size);
__attribute__((weak)) void padlock_unpoison(const void* memory, size_t size);
__attribute__((weak)) void __asan_poison_memory_region(const volatile void* memory, size_t size);
__attribute__((weak)) void __asan_unpoison_memory_region(const volatile void* memory, size_t size);
__attribute__((weak)) int __asan_address_is_poisoned(const volatile void* address);
__attribute__((weak)) void* __asan_region_is_poisoned(void* memory, size_t size);
#ifdef __cplusplus
}
#endif

#endif
