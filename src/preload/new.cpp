// All forms of operator new and delete: forwards only, to what the program has replaced or else to the
// runtime.
#include <new>
#include <optional>

#include "preload/cxx_new.h"
#include "preload/exported.h"
#include "preload/replaced.h"
#include "runtime/calls/allocator.h"
#include "runtime/calls/quick_path.h"
#include "runtime/foreign/own_operators.h"

namespace runtime = padlock::runtime;
using padlock::core::Call;
using padlock::core::Origin;
using namespace padlock::preload;

namespace padlock::preload {

const char new_anchor = 0;
[[gnu::used]] const char* const new_needs[] = {&malloc_anchor, &api_anchor};

namespace {

constexpr std::size_t raw(std::align_val_t alignment) { return static_cast<std::size_t>(alignment); }

[[gnu::always_inline]] inline void destroy(void* pointer, Call call, std::optional<std::size_t> size,
                                           const trace::FrameState& from) noexcept {
  padlock::core::FreeRequest request;
  request.origin = origin_of(call);
  request.size = size;
  if (runtime::release_quickly(pointer, request, from)) return;
  runtime::release(pointer, {.call = call, .size = size, .alignment = {}}, from.copy());
}

[[gnu::constructor(102)]] void note_replaced() {
  runtime::note_replaced_operators(new_array_replaced() || aligned_new_array_replaced(),
                                   delete_array_replaced() || aligned_delete_array_replaced());
}

}  // namespace
}  // namespace padlock::preload

// Weak, as the C++ library's are: a program may replace any of them.
#define PADLOCK_OPERATOR __attribute__((visibility("default"), weak))

PADLOCK_OPERATOR void* operator new(std::size_t size) {
  const auto from = PADLOCK_CALLER_STATE();
  void* const memory = runtime::allocate_quickly(size, Origin::kNew, from);
  return memory != nullptr ? memory : create({size, 0, Call::kNew}, from.copy());
}
PADLOCK_OPERATOR void* operator new[](std::size_t size) {
  if (new_replaced()) return ::operator new(size);
  const auto from = PADLOCK_CALLER_STATE();
  void* const memory = runtime::allocate_quickly(size, Origin::kNewArray, from);
  return memory != nullptr ? memory : create({size, 0, Call::kNewArray}, from.copy());
}
PADLOCK_OPERATOR void* operator new(std::size_t size, std::align_val_t alignment) {
  return create({size, raw(alignment), Call::kNew}, PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void* operator new[](std::size_t size, std::align_val_t alignment) {
  if (aligned_new_replaced()) return ::operator new(size, alignment);
  return create({size, raw(alignment), Call::kNewArray}, PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  if (new_replaced()) return create_by_replaced({size, 0, Call::kNew});
  return create_nothrow({size, 0, Call::kNew}, PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  if (new_array_replaced()) return create_by_replaced({size, 0, Call::kNewArray});
  return create_nothrow({size, 0, Call::kNewArray}, PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void* operator new(std::size_t size, std::align_val_t alignment,
                                    const std::nothrow_t&) noexcept {
  if (aligned_new_replaced()) return create_by_replaced({size, raw(alignment), Call::kNew});
  return create_nothrow({size, raw(alignment), Call::kNew}, PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void* operator new[](std::size_t size, std::align_val_t alignment,
                                      const std::nothrow_t&) noexcept {
  if (aligned_new_array_replaced()) return create_by_replaced({size, raw(alignment), Call::kNewArray});
  return create_nothrow({size, raw(alignment), Call::kNewArray}, PADLOCK_CALLER_STATE());
}

PADLOCK_OPERATOR void operator delete(void* pointer) noexcept {
  destroy(pointer, Call::kDelete, {}, PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void operator delete[](void* pointer) noexcept {
  if (delete_replaced()) return ::operator delete(pointer);
  destroy(pointer, Call::kDeleteArray, {}, PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void operator delete(void* pointer, std::align_val_t alignment) noexcept {
  runtime::release(pointer, {.call = Call::kDelete, .size = {}, .alignment = raw(alignment)},
                   PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void operator delete[](void* pointer, std::align_val_t alignment) noexcept {
  if (aligned_delete_replaced()) return ::operator delete(pointer, alignment);
  runtime::release(pointer, {.call = Call::kDeleteArray, .size = {}, .alignment = raw(alignment)},
                   PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void operator delete(void* pointer, std::size_t size) noexcept {
  if (delete_replaced()) return ::operator delete(pointer);
  destroy(pointer, Call::kDelete, size, PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void operator delete[](void* pointer, std::size_t size) noexcept {
  if (delete_array_replaced()) return ::operator delete[](pointer);
  runtime::release(pointer, {.call = Call::kDeleteArray, .size = size, .alignment = {}},
                   PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void operator delete(void* pointer, std::size_t size, std::align_val_t alignment) noexcept {
  if (aligned_delete_replaced()) return ::operator delete(pointer, alignment);
  runtime::release(pointer, {.call = Call::kDelete, .size = size, .alignment = raw(alignment)},
                   PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void operator delete[](void* pointer, std::size_t size,
                                        std::align_val_t alignment) noexcept {
  if (aligned_delete_array_replaced()) return ::operator delete[](pointer, alignment);
  runtime::release(pointer, {.call = Call::kDeleteArray, .size = size, .alignment = raw(alignment)},
                   PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void operator delete(void* pointer, const std::nothrow_t&) noexcept {
  if (delete_replaced()) return ::operator delete(pointer);
  runtime::release(pointer, {.call = Call::kDelete, .size = {}, .alignment = {}}, PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void operator delete[](void* pointer, const std::nothrow_t&) noexcept {
  if (delete_array_replaced()) return ::operator delete[](pointer);
  runtime::release(pointer, {.call = Call::kDeleteArray, .size = {}, .alignment = {}},
                   PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void operator delete(void* pointer, std::align_val_t alignment,
                                      const std::nothrow_t&) noexcept {
  if (aligned_delete_replaced()) return ::operator delete(pointer, alignment);
  runtime::release(pointer, {.call = Call::kDelete, .size = {}, .alignment = raw(alignment)},
                   PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void operator delete[](void* pointer, std::align_val_t alignment,
                                        const std::nothrow_t&) noexcept {
  if (aligned_delete_array_replaced()) return ::operator delete[](pointer, alignment);
  runtime::release(pointer, {.call = Call::kDeleteArray, .size = {}, .alignment = raw(alignment)},
                   PADLOCK_CALLER_STATE());
}

// The second names of replaced.h, below the compiler: it would want the attributes of its built-in knowledge
// on them.
#define PADLOCK_SECOND_NAME(name, symbol) __asm__(".globl " name "\n.hidden " name "\n.set " name ", " symbol)
PADLOCK_SECOND_NAME("padlock_own_new", "_Znwm");
PADLOCK_SECOND_NAME("padlock_own_new_array", "_Znam");
PADLOCK_SECOND_NAME("padlock_own_aligned_new", "_ZnwmSt11align_val_t");
PADLOCK_SECOND_NAME("padlock_own_aligned_new_array", "_ZnamSt11align_val_t");
PADLOCK_SECOND_NAME("padlock_own_delete", "_ZdlPv");
PADLOCK_SECOND_NAME("padlock_own_delete_array", "_ZdaPv");
PADLOCK_SECOND_NAME("padlock_own_aligned_delete", "_ZdlPvSt11align_val_t");
PADLOCK_SECOND_NAME("padlock_own_aligned_delete_array", "_ZdaPvSt11align_val_t");
