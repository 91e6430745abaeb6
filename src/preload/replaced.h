// Operators that the program has replaced. The standard's other forms call the replaced ones, so ours have to
// do the same: a program that defines only operator new(size_t) and operator delete(void*) owns every block
// that any form gives out.
#pragma once

#include <cstddef>
#include <new>

#include "preload/exported.h"

namespace padlock::preload {

using New = void* (*)(std::size_t);
using AlignedNew = void* (*)(std::size_t, std::align_val_t);
using Delete = void (*)(void*) noexcept;
using AlignedDelete = void (*)(void*, std::align_val_t) noexcept;

// Second names of our own definitions, which no other definition can replace.
PADLOCK_OWN void* padlock_own_new(std::size_t);
PADLOCK_OWN void* padlock_own_new_array(std::size_t);
PADLOCK_OWN void* padlock_own_aligned_new(std::size_t, std::align_val_t);
PADLOCK_OWN void* padlock_own_aligned_new_array(std::size_t, std::align_val_t);
PADLOCK_OWN void padlock_own_delete(void*) noexcept;
PADLOCK_OWN void padlock_own_delete_array(void*) noexcept;
PADLOCK_OWN void padlock_own_aligned_delete(void*, std::align_val_t) noexcept;
PADLOCK_OWN void padlock_own_aligned_delete_array(void*, std::align_val_t) noexcept;

/// Whether the operator that the process uses is another than ours.
template <typename Function>
bool differs(Function used, Function own) noexcept {
  __asm__("" : "+r"(used));  // the linker decides, whatever the compiler believes
  return used != own;
}

inline bool new_replaced() noexcept { return differs<New>(&::operator new, &padlock_own_new); }
inline bool new_array_replaced() noexcept {
  return new_replaced() || differs<New>(&::operator new[], &padlock_own_new_array);
}
inline bool aligned_new_replaced() noexcept {
  return differs<AlignedNew>(&::operator new, &padlock_own_aligned_new);
}
inline bool aligned_new_array_replaced() noexcept {
  return aligned_new_replaced() || differs<AlignedNew>(&::operator new[], &padlock_own_aligned_new_array);
}
inline bool delete_replaced() noexcept { return differs<Delete>(&::operator delete, &padlock_own_delete); }
inline bool delete_array_replaced() noexcept {
  return delete_replaced() || differs<Delete>(&::operator delete[], &padlock_own_delete_array);
}
inline bool aligned_delete_replaced() noexcept {
  return differs<AlignedDelete>(&::operator delete, &padlock_own_aligned_delete);
}
inline bool aligned_delete_array_replaced() noexcept {
  return aligned_delete_replaced() ||
         differs<AlignedDelete>(&::operator delete[], &padlock_own_aligned_delete_array);
}

}  // namespace padlock::preload
