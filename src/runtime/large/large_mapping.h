// The pages of a large block: an accessible body with inaccessible pages around it; closing a body and
// opening it again. Moving a body's pages to a larger place is in large_move.h.
#pragma once

#include <cstddef>
#include <cstdint>
#include <initializer_list>

#include "base/random.h"

namespace padlock::runtime {

/// Page-aligned addresses; absent where map_begin is 0. Between map_begin and body_begin, and between
/// body_end and map_end, lies a page at least, and nothing is accessible (unless the kernel refused to
/// protect it). The functions below that ask the kernel to change one do nothing to one that does not hold: a
/// wild pointer may have overwritten it, and it may lead to what is none of the block's.
struct LargeMapping {
  std::uintptr_t map_begin = 0;
  std::uintptr_t map_end = 0;
  std::uintptr_t body_begin = 0;
  std::uintptr_t body_end = 0;
  std::uint64_t maps = 0;  // of the kernel's, that it may cost beyond those of plain neighbours
  std::uint64_t seal = 0;  // of the others

  [[nodiscard]] bool present() const noexcept { return map_begin != 0; }
  [[nodiscard]] std::size_t size() const noexcept { return map_end - map_begin; }
  [[nodiscard]] std::size_t body_size() const noexcept { return body_end - body_begin; }
  /// Whether it is as it was sealed, to be done anew after each change.
  [[nodiscard]] bool holds() const noexcept { return seal == seal_of_rest(); }
  [[nodiscard]] LargeMapping sealed() const noexcept {
    LargeMapping same = *this;
    same.seal = seal_of_rest();
    return same;
  }

 private:
  [[nodiscard]] std::uint64_t seal_of_rest() const noexcept {
    std::uint64_t hash = 0;
    for (const std::uint64_t word : {map_begin, map_end, body_begin, body_end, maps})
      hash = mix64(hash ^ word) + 1;
    return hash;
  }
};

/// How a block of some size and alignment lies in its body.
struct LargeLayout {
  std::size_t user_offset = 0;  // from body_begin
  std::size_t body_size = 0;    // whole pages
  std::size_t alignment = 0;    // that body_begin + user_offset has to have; at least 16
};

/// As far right as alignment allows. `size` <= PTRDIFF_MAX, `alignment` a power of two < 2^48, or 0.
LargeLayout layout_large(std::size_t size, std::size_t alignment, std::size_t page) noexcept;
/// Bytes on either side of a body that are inaccessible, at least, in mappings that are made from now on:
/// many pages, as they cost nothing, and an index that is too small or too large leads there; a page where
/// memory is limited or locked, as map_large() found it last.
std::size_t large_guard() noexcept;
/// Bytes of address space that a block of this layout takes, guards included.
std::size_t mapping_size_for(const LargeLayout& layout) noexcept;

/// Zeroed body, guard pages on both sides. Absent if the system or the memory budget refuses. The guards are
/// mappings of their own as long as few are in use: then closing and opening a body is quickest. Beyond, they
/// are markers in the page tables, which older kernels lack; in the end there are none.
LargeMapping map_large(const LargeLayout& layout) noexcept;
/// False where the kernel refuses: then its pages are given back and it stays closed, for good; or where it
/// does not hold.
bool unmap_large(const LargeMapping& mapping) noexcept;

/// Makes the whole mapping inaccessible. Its pages are kept, but where the kernel cannot do that.
enum class Closed : std::uint8_t { kKept, kEmptied, kRefused };
Closed close_large(LargeMapping& mapping) noexcept;
/// Gives the pages of a closed mapping back.
void empty_large(const LargeMapping& mapping) noexcept;
/// Makes a closed mapping, at least mapping_size_for(layout) long, the body of a block again. It holds
/// whatever it held. False where the kernel refuses.
bool open_large(LargeMapping& mapping, const LargeLayout& layout) noexcept;

/// Moves the body end within the mapping: grows it with zeroed pages, or gives pages back. False: unchanged.
bool set_body_end(LargeMapping& mapping, std::uintptr_t body_end) noexcept;

}  // namespace padlock::runtime
