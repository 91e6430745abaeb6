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

void* create_by_replaced(const runtime::AllocateCall& call) noexcept {
  const bool array = call.call == core::Call::kNewArray;
  try {
    if (call.alignment == 0) return array ? ::operator new[](call.size) : ::operator new(call.size);
    const auto alignment = std::align_val_t{call.alignment};
    return array ? ::operator new[](call.size, alignment) : ::operator new(call.size, alignment);
  } catch (...) {
    return nullptr;
  }
}

}  // namespace padlock::preload
