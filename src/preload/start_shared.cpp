// What the shared library does at start-up beyond what both libraries do (malloc.cpp).
#include <malloc.h>

#include <cstdlib>

#include "os/next_symbol.h"
#include "preload/pass_through.h"
#include "runtime/foreign/other_allocators.h"

namespace {

template <typename Function>
bool find_next(Function& function, const char* name) noexcept {
  function = reinterpret_cast<Function>(padlock::os::next_symbol(name));
  return function != nullptr;
}

[[gnu::constructor(102)]] void start() { padlock::preload::resolve_pass_throughs(); }

}  // namespace

bool padlock_find_next_allocator(padlock::runtime::NextAllocator& next) noexcept {
  return find_next(next.malloc, "malloc") && find_next(next.calloc, "calloc") &&
         find_next(next.memalign, "memalign") && find_next(next.realloc, "realloc") &&
         find_next(next.free, "free") && find_next(next.usable_size, "malloc_usable_size");
}

void padlock_find_process_allocator(padlock::runtime::NextAllocator& process) noexcept {
  process = {&::malloc, &::calloc, &::memalign, &::realloc, &::free, &::malloc_usable_size};
}
