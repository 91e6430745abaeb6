// operator new in a program that libpadlock.a is linked into: its C++ library is ours too.
#include <new>

#include "preload/cxx_new.h"

namespace padlock::preload {

void* create(const runtime::AllocateCall& call, const trace::FrameState& from) {
  for (;;) {
    if (void* memory = runtime::allocate(call, from); memory != nullptr) return memory;
    const std::new_handler handler = std::get_new_handler();
    if (handler == nullptr) throw std::bad_alloc();
    handler();
  }
}

void* create_nothrow(const runtime::AllocateCall& call, const trace::FrameState& from) noexcept {
  try {
    return create(call, from);
  } catch (...) {
    return nullptr;
  }
}

}  // namespace padlock::preload
