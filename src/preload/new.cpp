// All forms of operator new and delete: forwards only.
#include <new>

#include "preload/cxx_new.h"
#include "preload/exported.h"
#include "runtime/allocator.h"

namespace runtime = padlock::runtime;
using padlock::core::Origin;
using padlock::preload::create;
using padlock::preload::create_nothrow;

namespace padlock::preload {

const char new_anchor = 0;
[[gnu::used]] const char* const new_needs[] = {&malloc_anchor, &api_anchor};

namespace {

constexpr std::size_t raw(std::align_val_t alignment) { return static_cast<std::size_t>(alignment); }

}  // namespace
}  // namespace padlock::preload

using padlock::preload::raw;

#define PADLOCK_OPERATOR __attribute__((visibility("default")))

PADLOCK_OPERATOR void* operator new(std::size_t size) {
  return create({size, 0, Origin::kNew}, PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void* operator new[](std::size_t size) {
  return create({size, 0, Origin::kNewArray}, PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
  return create_nothrow({size, 0, Origin::kNew}, PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void* operator new[](std::size_t size, const std::nothrow_t&) noexcept {
  return create_nothrow({size, 0, Origin::kNewArray}, PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void* operator new(std::size_t size, std::align_val_t alignment) {
  return create({size, raw(alignment), Origin::kNew}, PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void* operator new[](std::size_t size, std::align_val_t alignment) {
  return create({size, raw(alignment), Origin::kNewArray}, PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void* operator new(std::size_t size, std::align_val_t alignment,
                                    const std::nothrow_t&) noexcept {
  return create_nothrow({size, raw(alignment), Origin::kNew}, PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void* operator new[](std::size_t size, std::align_val_t alignment,
                                      const std::nothrow_t&) noexcept {
  return create_nothrow({size, raw(alignment), Origin::kNewArray}, PADLOCK_CALLER_STATE());
}

PADLOCK_OPERATOR void operator delete(void* pointer) noexcept {
  runtime::release(pointer, {.origin = Origin::kNew, .size = {}, .alignment = {}}, PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void operator delete[](void* pointer) noexcept {
  runtime::release(pointer, {.origin = Origin::kNewArray, .size = {}, .alignment = {}},
                   PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void operator delete(void* pointer, const std::nothrow_t&) noexcept {
  runtime::release(pointer, {.origin = Origin::kNew, .size = {}, .alignment = {}}, PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void operator delete[](void* pointer, const std::nothrow_t&) noexcept {
  runtime::release(pointer, {.origin = Origin::kNewArray, .size = {}, .alignment = {}},
                   PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void operator delete(void* pointer, std::size_t size) noexcept {
  runtime::release(pointer, {.origin = Origin::kNew, .size = size, .alignment = {}}, PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void operator delete[](void* pointer, std::size_t size) noexcept {
  runtime::release(pointer, {.origin = Origin::kNewArray, .size = size, .alignment = {}},
                   PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void operator delete(void* pointer, std::align_val_t alignment) noexcept {
  runtime::release(pointer, {.origin = Origin::kNew, .size = {}, .alignment = raw(alignment)},
                   PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void operator delete[](void* pointer, std::align_val_t alignment) noexcept {
  runtime::release(pointer, {.origin = Origin::kNewArray, .size = {}, .alignment = raw(alignment)},
                   PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void operator delete(void* pointer, std::size_t size, std::align_val_t alignment) noexcept {
  runtime::release(pointer, {.origin = Origin::kNew, .size = size, .alignment = raw(alignment)},
                   PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void operator delete[](void* pointer, std::size_t size,
                                        std::align_val_t alignment) noexcept {
  runtime::release(pointer, {.origin = Origin::kNewArray, .size = size, .alignment = raw(alignment)},
                   PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void operator delete(void* pointer, std::align_val_t alignment,
                                      const std::nothrow_t&) noexcept {
  runtime::release(pointer, {.origin = Origin::kNew, .size = {}, .alignment = raw(alignment)},
                   PADLOCK_CALLER_STATE());
}
PADLOCK_OPERATOR void operator delete[](void* pointer, std::align_val_t alignment,
                                        const std::nothrow_t&) noexcept {
  runtime::release(pointer, {.origin = Origin::kNewArray, .size = {}, .alignment = raw(alignment)},
                   PADLOCK_CALLER_STATE());
}
