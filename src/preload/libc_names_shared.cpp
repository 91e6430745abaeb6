// libc's second names of the malloc family, which wrappers of malloc call to reach it: forwards only. In the
// shared library only, as a static libc brings them along with the first names.
#include <cstddef>

#include "preload/exported.h"
#include "runtime/calls/allocator.h"

namespace runtime = padlock::runtime;

PADLOCK_EXPORT void* __libc_malloc(std::size_t size) noexcept {
  return runtime::allocate({size}, PADLOCK_CALLER_STATE());
}

PADLOCK_EXPORT void* __libc_calloc(std::size_t count, std::size_t size) noexcept {
  return runtime::allocate_zeroed(count, size, PADLOCK_CALLER_STATE());
}

PADLOCK_EXPORT void* __libc_realloc(void* pointer, std::size_t size) noexcept {
  return runtime::reallocate(pointer, size, PADLOCK_CALLER_STATE());
}

PADLOCK_EXPORT void __libc_free(void* pointer) noexcept {
  runtime::release(pointer, {}, PADLOCK_CALLER_STATE());
}

PADLOCK_EXPORT void* __libc_memalign(std::size_t alignment, std::size_t size) noexcept {
  return runtime::allocate_aligned({size, alignment, padlock::core::Call::kMemalign}, PADLOCK_CALLER_STATE());
}

PADLOCK_EXPORT void* __libc_valloc(std::size_t size) noexcept {
  return runtime::allocate_page_aligned(size, PADLOCK_CALLER_STATE());
}

PADLOCK_EXPORT void* __libc_pvalloc(std::size_t size) noexcept {
  return runtime::allocate_pages(size, PADLOCK_CALLER_STATE());
}
