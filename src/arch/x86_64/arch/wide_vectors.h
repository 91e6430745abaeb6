// Runs of one word, a vector at a time: what x86_64.h makes for each width.
#pragma once

#include <cstddef>
#include <cstdint>

namespace padlock::arch::wide {

using Quad = std::uint64_t __attribute__((vector_size(32)));
using Octet = std::uint64_t __attribute__((vector_size(64)));

/// From here on accesses of a vector's size cross no cache line.
template <typename Vector, typename Byte>
[[gnu::always_inline]] inline Byte* next_aligned(Byte* begin) noexcept {
  return begin + (-reinterpret_cast<std::uintptr_t>(begin) & (sizeof(Vector) - 1));
}

template <typename Vector, typename Byte>
[[gnu::always_inline]] inline bool has_room(Byte* at, Byte* end, std::size_t vectors) noexcept {
  return end - at >= static_cast<std::ptrdiff_t>(vectors * sizeof(Vector));
}

/// [begin, end), one vector or longer, becomes all `word`. The ends are not aligned and overlap the rest.
template <typename Vector>
[[gnu::always_inline]] inline void fill_by(std::byte* begin, std::byte* end, std::uint64_t word) noexcept {
  const Vector vector = Vector{} + word;
  __builtin_memcpy(begin, &vector, sizeof vector);
  std::byte* at = next_aligned<Vector>(begin);
  for (; has_room<Vector>(at, end, 2); at += 2 * sizeof vector) {
    __builtin_memcpy(at, &vector, sizeof vector);
    __builtin_memcpy(at + sizeof vector, &vector, sizeof vector);
  }
  if (has_room<Vector>(at, end, 1)) __builtin_memcpy(at, &vector, sizeof vector);
  __builtin_memcpy(end - sizeof vector, &vector, sizeof vector);
}

template <typename Vector>
[[gnu::always_inline]] inline void note_changes(Vector& changed, const std::byte* from,
                                                const Vector& wanted) noexcept {
  Vector found;
  __builtin_memcpy(&found, from, sizeof found);
  changed |= found ^ wanted;
}

/// Whether [begin, end), one vector or longer, is all `word`. No early exit: damage is rare.
template <typename Vector>
[[gnu::always_inline]] inline bool all_equal_by(const std::byte* begin, const std::byte* end,
                                                std::uint64_t word) noexcept {
  const Vector wanted = Vector{} + word;
  Vector changed[4] = {};  // four chains keep the loads busy
  note_changes(changed[0], begin, wanted);
  note_changes(changed[1], end - sizeof(Vector), wanted);
  const std::byte* at = next_aligned<Vector>(begin);
  for (; has_room<Vector>(at, end, 4); at += 4 * sizeof(Vector)) {
    note_changes(changed[0], at, wanted);
    note_changes(changed[1], at + sizeof(Vector), wanted);
    note_changes(changed[2], at + 2 * sizeof(Vector), wanted);
    note_changes(changed[3], at + 3 * sizeof(Vector), wanted);
  }
  for (; has_room<Vector>(at, end, 1); at += sizeof(Vector)) note_changes(changed[0], at, wanted);
  const Vector all = (changed[0] | changed[1]) | (changed[2] | changed[3]);
  std::uint64_t any = 0;
  for (std::size_t i = 0; i < sizeof(Vector) / sizeof any; ++i) any |= all[i];
  return any == 0;
}

}  // namespace padlock::arch::wide
