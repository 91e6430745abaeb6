// What the exported malloc, realloc and free forward to.
#include "threads/calls.h"

#include "runtime/calls/allocator.h"
#include "runtime/calls/quick_path.h"

namespace padlock::fuzz {
namespace {

__attribute__((noinline)) trace::FrameState here() { return PADLOCK_CALLER_STATE(); }

}  // namespace

void* allocate_as_malloc(std::size_t size, core::Origin origin, bool quick) {
  if (quick) {
    if (void* memory = runtime::allocate_quickly(size, origin, here()); memory != nullptr) return memory;
  }
  return runtime::allocate({size, 0, allocating_call(origin)}, here());
}

void* reallocate_as_realloc(void* pointer, std::size_t size, bool quick) {
  if (quick) {
    if (void* memory = runtime::reallocate_quickly(pointer, size, here()); memory != nullptr) return memory;
  }
  return runtime::reallocate(pointer, size, here());
}

void release_as_free(void* pointer, core::Origin origin, bool quick) {
  core::FreeRequest request;
  request.origin = origin;
  if (quick && runtime::release_quickly(pointer, request, here())) return;
  runtime::ReleaseCall call;
  call.call = releasing_call(origin);
  runtime::release(pointer, call, here());
}

}  // namespace padlock::fuzz
