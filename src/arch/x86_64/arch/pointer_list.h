// A va_list that was made from an array instead of by a call.
#pragma once

#include <cstdarg>
#include <cstdint>
#include <cstring>

namespace padlock::arch {

/// Makes `list` one of the pointers at `pointers`, in their order; no other type may be asked of it. It is
/// used as long as they are there, and needs no va_end.
inline void make_pointer_list(va_list list, void* const* pointers) noexcept {
  // As the ABI lays it out; the registers are used up, so that all arguments are on the stack.
  struct Tag {
    std::uint32_t integers_passed = 6 * 8;
    std::uint32_t vectors_passed = 6 * 8 + 8 * 16;
    void* const* stack = nullptr;
    void* registers = nullptr;
  };
  static_assert(sizeof(Tag) == sizeof(va_list));
  Tag tag;
  tag.stack = pointers;
  std::memcpy(list, &tag, sizeof tag);
}

}  // namespace padlock::arch
