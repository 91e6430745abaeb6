// Moving pages, by mremap(2), which takes pages of one mapping at a time.
#include "os/move.h"

#include <sys/mman.h>
#include <cerrno>

#include "os/memory.h"
#include "os/system_call.h"

namespace padlock::os {
namespace {

constexpr int kKeepOldPlace = 4;  // MREMAP_DONTUNMAP, which older headers lack

SystemResult move_piece(std::uintptr_t from, std::size_t size, std::uintptr_t to) noexcept {
  constexpr int kFlags = MREMAP_MAYMOVE | MREMAP_FIXED | kKeepOldPlace;
  return system_call(SYS_mremap, from, size, size, kFlags, to);
}

// Asks for one page more in place, which is refused because something is mapped there. The kernel first
// checks that the pages lie in one mapping, with an error of its own. A failed move would not do as a
// question: it can leave a hole at its destination.
bool in_one_mapping(std::uintptr_t from, std::size_t size) noexcept {
  const SystemResult grown = system_call(SYS_mremap, from, size, size + page_size(), 0);
  if (grown.ok()) system_call(SYS_munmap, from + size, page_size());
  return grown.error() != EFAULT;
}

// How many of the pages from `from` on lie in one mapping, at most `size` bytes. By bisection: what split
// the mappings (growing, moving, a program's own mprotect) is nowhere recorded.
std::size_t one_mapping_from(std::uintptr_t from, std::size_t size) noexcept {
  if (in_one_mapping(from, size)) return size;
  std::size_t good = 1;  // pages
  std::size_t bad = size / page_size();
  while (good + 1 < bad) {
    const std::size_t middle = good + (bad - good) / 2;
    (in_one_mapping(from, middle * page_size()) ? good : bad) = middle;
  }
  return good * page_size();
}

}  // namespace

MovedPages move_pages(std::uintptr_t from, std::size_t size, std::uintptr_t to) noexcept {
  MovedPages moved;
  while (moved.bytes < size) {
    const std::size_t piece = one_mapping_from(from + moved.bytes, size - moved.bytes);
    const SystemResult result = move_piece(from + moved.bytes, piece, to + moved.bytes);
    if (!result.ok()) {
      moved.torn = result.error() == EINVAL ? 0 : piece;
      break;
    }
    moved.bytes += piece;
  }
  return moved;
}

}  // namespace padlock::os
