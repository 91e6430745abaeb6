// What the shared library does at start-up beyond what both libraries do (malloc.cpp).
#include <dlfcn.h>

#include "preload/pass_through.h"
#include "runtime/other_allocators.h"

namespace {

template <typename Function>
void find_next(Function& function, const char* name) {
  function = reinterpret_cast<Function>(dlsym(RTLD_NEXT, name));
}

[[gnu::constructor(102)]] void start() {
  padlock::preload::resolve_pass_throughs();
  padlock::runtime::NextAllocator next;
  find_next(next.free, "free");
  find_next(next.realloc, "realloc");
  find_next(next.usable_size, "malloc_usable_size");
  padlock::runtime::set_next_allocator(next);
}

}  // namespace
