// The malloc family: forwards only. The long way gets a copy of the caller's state, so that the quick one
// leaves the original to the compiler's registers.
#include <malloc.h>
#include <cstdio>
#include <cstdlib>

#include "preload/exported.h"
#include "runtime/calls/allocator.h"
#include "runtime/calls/glibc_extras.h"
#include "runtime/calls/quick_path.h"
#include "runtime/calls/trim.h"
#include "runtime/process/init.h"

namespace runtime = padlock::runtime;
using padlock::core::Call;
using padlock::core::Origin;

PADLOCK_OWN void* padlock_own_malloc(std::size_t) noexcept;

namespace padlock::preload {

const char malloc_anchor = 0;
[[gnu::used]] const char* const malloc_needs[] = {&new_anchor, &api_anchor};

}  // namespace padlock::preload

namespace {

[[gnu::constructor(101)]] void start() { runtime::start({&::malloc, &::free, &padlock_own_malloc}); }

}  // namespace

// A second name, which no other definition can stand in front of.
__asm__(".globl padlock_own_malloc\n.hidden padlock_own_malloc\n.set padlock_own_malloc, malloc");

PADLOCK_EXPORT void* malloc(std::size_t size) noexcept {
  const auto from = PADLOCK_CALLER_STATE();
  void* const memory = runtime::allocate_quickly(size, Origin::kMalloc, from);
  return memory != nullptr ? memory : runtime::allocate({size}, from.copy());
}

PADLOCK_EXPORT void* calloc(std::size_t count, std::size_t size) noexcept {
  const auto from = PADLOCK_CALLER_STATE();
  void* const memory = runtime::allocate_zeroed_quickly(count, size, from);
  return memory != nullptr ? memory : runtime::allocate_zeroed(count, size, from.copy());
}

PADLOCK_EXPORT void* realloc(void* pointer, std::size_t size) noexcept {
  const auto from = PADLOCK_CALLER_STATE();
  void* const memory = pointer == nullptr ? runtime::allocate_quickly(size, Origin::kMalloc, from)
                                          : runtime::reallocate_quickly(pointer, size, from);
  return memory != nullptr ? memory : runtime::reallocate(pointer, size, from.copy());
}

PADLOCK_EXPORT void* reallocarray(void* pointer, std::size_t count, std::size_t size) noexcept {
  return runtime::reallocate_array(pointer, count, size, PADLOCK_CALLER_STATE());
}

PADLOCK_EXPORT void free(void* pointer) noexcept {
  const auto from = PADLOCK_CALLER_STATE();
  if (!runtime::release_quickly(pointer, {}, from)) runtime::release(pointer, {}, from.copy());
}

PADLOCK_EXPORT void cfree(void* pointer) noexcept {
  runtime::release(pointer, {.call = Call::kCfree, .size = {}, .alignment = {}}, PADLOCK_CALLER_STATE());
}

PADLOCK_EXPORT void free_sized(void* pointer, std::size_t size) noexcept {
  runtime::release(pointer, {.call = Call::kFreeSized, .size = size, .alignment = {}},
                   PADLOCK_CALLER_STATE());
}

PADLOCK_EXPORT void free_aligned_sized(void* pointer, std::size_t alignment, std::size_t size) noexcept {
  runtime::release(pointer, {.call = Call::kFreeAlignedSized, .size = size, .alignment = alignment},
                   PADLOCK_CALLER_STATE());
}

PADLOCK_EXPORT void* aligned_alloc(std::size_t alignment, std::size_t size) noexcept {
  return runtime::allocate_aligned({size, alignment, Call::kAlignedAlloc}, PADLOCK_CALLER_STATE());
}

PADLOCK_EXPORT void* memalign(std::size_t alignment, std::size_t size) noexcept {
  return runtime::allocate_aligned({size, alignment, Call::kMemalign}, PADLOCK_CALLER_STATE());
}

PADLOCK_EXPORT int posix_memalign(void** result, std::size_t alignment, std::size_t size) noexcept {
  return runtime::allocate_posix(result, alignment, size, PADLOCK_CALLER_STATE());
}

PADLOCK_EXPORT void* valloc(std::size_t size) noexcept {
  return runtime::allocate_page_aligned(size, PADLOCK_CALLER_STATE());
}

PADLOCK_EXPORT void* pvalloc(std::size_t size) noexcept {
  return runtime::allocate_pages(size, PADLOCK_CALLER_STATE());
}

PADLOCK_EXPORT std::size_t malloc_usable_size(void* pointer) noexcept {
  return runtime::usable_size(pointer, PADLOCK_CALLER_STATE());
}

PADLOCK_EXPORT int malloc_trim(std::size_t) noexcept { return runtime::trim(PADLOCK_CALLER_STATE()) ? 1 : 0; }

PADLOCK_EXPORT int mallopt(int, int) noexcept { return 1; }

PADLOCK_EXPORT void malloc_stats() noexcept { runtime::print_statistics(PADLOCK_CALLER_STATE()); }

PADLOCK_EXPORT struct mallinfo mallinfo() noexcept { return runtime::small_mallinfo(PADLOCK_CALLER_STATE()); }

PADLOCK_EXPORT struct mallinfo2 mallinfo2() noexcept {
  return runtime::large_mallinfo(PADLOCK_CALLER_STATE());
}

PADLOCK_EXPORT int malloc_info(int options, std::FILE* file) noexcept {
  return runtime::write_malloc_info(options, file, PADLOCK_CALLER_STATE());
}
