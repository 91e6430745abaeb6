// Moving pages from one address to another without copying them.
#pragma once

#include <cstddef>
#include <cstdint>

namespace padlock::os {

struct MovedPages {
  std::size_t bytes = 0;  // moved, from the beginning on
  std::size_t torn = 0;   // behind these: so many at the destination may be unmapped, or mapped by others
};

/// Moves the pages of [from, from + size), which lie in one or several private anonymous mappings, to the
/// pages at `to`, whatever is mapped there; the two do not overlap. The old place stays mapped, with the
/// protection that it had, and holds nothing. Sizes and addresses are multiples of the page size. Fewer bytes
/// than `size` where the kernel refuses: one before 5.7 always, a later one for want of mappings or memory.
/// Keeps errno.
MovedPages move_pages(std::uintptr_t from, std::size_t size, std::uintptr_t to) noexcept;

}  // namespace padlock::os
