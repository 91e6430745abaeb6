// The one way to resize a block that does not stay where it is.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace padlock::core {

/// Takes memory for `size` bytes by `take()`, copies what of the old block's `old_size` bytes fits, and gives
/// the old block back by `give_back()`. The new block, or null, and nothing done, where `take()` has none.
template <typename Take, typename GiveBack>
[[gnu::always_inline]] inline void* move_block(const void* old, std::size_t old_size, std::size_t size,
                                               Take take, GiveBack give_back) noexcept {
  void* const target = take();
  if (target == nullptr) [[unlikely]]
    return nullptr;
  std::memcpy(target, old, std::min(old_size, size));
  give_back();
  return target;
}

}  // namespace padlock::core
