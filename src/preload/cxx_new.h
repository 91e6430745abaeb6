// What operator new does besides allocating: the new-handler loop and bad_alloc. The handler and the
// exception belong to the program's C++ library, which a shared libpadlock must find and a static one simply
// uses: hence two implementations.
#pragma once

#include "runtime/calls/allocator.h"
#include "trace/unwinder.h"

namespace padlock::preload {

/// Never null: calls the new-handler as long as there is one, then throws std::bad_alloc.
void* create(const runtime::AllocateCall& call, const trace::FrameState& from);

/// Null where create() would throw.
void* create_nothrow(const runtime::AllocateCall& call, const trace::FrameState& from) noexcept;

/// The nothrow form of a throwing form that the program has replaced: calls that, and null where it throws.
void* create_by_replaced(const runtime::AllocateCall& call) noexcept;

}  // namespace padlock::preload
