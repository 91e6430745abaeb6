// The pages of a large block: inaccessible pages around an accessible body, and moving a body's pages to a
// larger place without copying.
#pragma once

#include <cstddef>
#include <cstdint>

namespace padlock::runtime {

/// Page-aligned addresses; absent where map_begin is 0. Between map_begin and body_begin, and between
/// body_end and map_end, nothing is accessible (unless the kernel refused to protect it).
struct LargeMapping {
  std::uintptr_t map_begin = 0;
  std::uintptr_t map_end = 0;
  std::uintptr_t body_begin = 0;
  std::uintptr_t body_end = 0;
  bool guarded = false;

  [[nodiscard]] bool present() const noexcept { return map_begin != 0; }
  [[nodiscard]] std::size_t size() const noexcept { return map_end - map_begin; }
};

/// How a block of some size and alignment lies in its body.
struct LargeLayout {
  std::size_t user_offset = 0;  // from body_begin
  std::size_t body_size = 0;    // whole pages
  std::size_t alignment = 0;    // that body_begin + user_offset has to have; at least 16
};

/// As far right as alignment allows. `size` <= PTRDIFF_MAX, `alignment` a power of two < 2^48, or 0.
LargeLayout layout_large(std::size_t size, std::size_t alignment, std::size_t page) noexcept;

/// Zeroed body, guards on both sides, `headroom` bytes (whole pages) of guard more behind it. Absent if the
/// system or the memory budget refuses. Without guards where only they are refused, or where so many blocks
/// have them that the kernel's limit of mappings (65530 by default, for the whole process) comes near.
LargeMapping map_large(const LargeLayout& layout, std::size_t headroom) noexcept;
void unmap_large(const LargeMapping& mapping) noexcept;

/// Makes the body's pages inaccessible and gives their memory back; false where the kernel refuses.
bool seal_off(const LargeMapping& mapping) noexcept;

/// Moves the body end within the mapping: grows it with zeroed pages, or gives pages back. False: unchanged.
bool set_body_end(LargeMapping& mapping, std::uintptr_t body_end) noexcept;

/// Moves the pages of `from`'s body, or copies them where the kernel will not, to the start of a fresh
/// mapping with a larger body. Absent (and nothing changed) if the system refuses. `from` stays reserved and
/// is inaccessible, unless the system gave its place away at that moment: then `from_reserved` is false and
/// nothing of it is left.
LargeMapping move_large(const LargeMapping& from, std::size_t body_size, std::size_t headroom,
                        bool& from_reserved) noexcept;

}  // namespace padlock::runtime
