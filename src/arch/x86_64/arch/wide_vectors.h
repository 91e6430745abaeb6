// Long runs, a vector at a time: of words that are made from their addresses, and of one word. What wide.h
// makes for each width.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "arch/short_runs.h"
#include "base/word_ramps.h"

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

/// How many whole vectors [at, end) holds.
template <typename Vector, typename Byte>
[[gnu::always_inline]] inline std::size_t room(Byte* at, Byte* end) noexcept {
  return at >= end ? 0 : static_cast<std::size_t>(end - at) / sizeof(Vector);
}

/// The words of one ramp, a vector of them at a time. Vectors are handed back by reference: no processor has
/// to have registers of their width to compile this.
template <typename Vector>
class RampVectors {
 public:
  [[gnu::always_inline]] explicit RampVectors(const WordRamp& ramp) noexcept
      : stride_(ramp.stride), step_(Vector{} + ramp.stride * kLanes) {
    constexpr std::size_t kKnown = std::min(sizeof ramp.first, sizeof(Vector));
    __builtin_memcpy(&first_, ramp.first, kKnown);
    for (std::size_t i = kKnown / sizeof stride_; i < kLanes; ++i) first_[i] = ramp.first[0] + i * stride_;
  }
  /// Those from `at` on.
  [[gnu::always_inline]] void get(Vector& words, const std::byte* at) const noexcept {
    words = first_ + reinterpret_cast<std::uintptr_t>(at) / sizeof stride_ * stride_;
  }
  [[gnu::always_inline]] void advance(Vector& words) const noexcept { words += step_; }

 private:
  static constexpr std::size_t kLanes = sizeof(Vector) / sizeof(std::uint64_t);

  Vector first_;  // at address 0
  std::uint64_t stride_;
  Vector step_;
};

/// [begin, end), one vector or longer and in one stretch, becomes the words of its ramp. The ends are not
/// aligned and overlap the rest.
template <typename Vector>
[[gnu::always_inline]] inline void fill_ramp_by(std::byte* begin, std::byte* end,
                                                const WordRamp& ramp) noexcept {
  const RampVectors<Vector> ramp_vectors(ramp);
  Vector words;
  ramp_vectors.get(words, begin);
  __builtin_memcpy(begin, &words, sizeof words);
  std::byte* at = next_aligned<Vector>(begin);
  ramp_vectors.get(words, at);
  const auto put = [&] {
    __builtin_memcpy(at, &words, sizeof words);
    ramp_vectors.advance(words);
    at += sizeof words;
  };
  for (std::size_t four = room<Vector>(at, end) / 4; four != 0; --four) {
    put();
    put();
    put();
    put();
  }
  for (std::size_t left = room<Vector>(at, end); left != 0; --left) put();
  ramp_vectors.get(words, end - sizeof words);
  __builtin_memcpy(end - sizeof words, &words, sizeof words);
}

template <typename Vector>
[[gnu::always_inline]] inline void note_changes(Vector& changed, const std::byte* from,
                                                const Vector& wanted) noexcept {
  Vector found;
  __builtin_memcpy(&found, from, sizeof found);
  changed |= found ^ wanted;
}

template <typename Vector>
[[gnu::always_inline]] inline bool nothing_in(const Vector& changed) noexcept {
  std::uint64_t any = 0;
  for (std::size_t i = 0; i < sizeof(Vector) / sizeof any; ++i) any |= changed[i];
  return any == 0;
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
  return nothing_in<Vector>((changed[0] | changed[1]) | (changed[2] | changed[3]));
}

/// Whether [begin, end), one vector or longer and in one stretch, holds the words of its ramp.
template <typename Vector>
[[gnu::always_inline]] inline bool ramp_intact_by(const std::byte* begin, const std::byte* end,
                                                  const WordRamp& ramp) noexcept {
  const RampVectors<Vector> ramp_vectors(ramp);
  Vector wanted;
  Vector changed[2] = {};
  ramp_vectors.get(wanted, begin);
  note_changes(changed[0], begin, wanted);
  ramp_vectors.get(wanted, end - sizeof(Vector));
  note_changes(changed[1], end - sizeof(Vector), wanted);
  const std::byte* at = next_aligned<Vector>(begin);
  ramp_vectors.get(wanted, at);
  const auto compare = [&](Vector& differences) {
    note_changes(differences, at, wanted);
    ramp_vectors.advance(wanted);
    at += sizeof(Vector);
  };
  for (std::size_t four = room<Vector>(at, end) / 4; four != 0; --four) {
    compare(changed[0]);
    compare(changed[1]);
    compare(changed[0]);
    compare(changed[1]);
  }
  for (std::size_t left = room<Vector>(at, end); left != 0; --left) compare(changed[0]);
  return nothing_in<Vector>(changed[0] | changed[1]);
}

/// Where the part of [begin, end) ends that is in the stretch of `begin`.
template <typename Byte>
[[gnu::always_inline]] inline Byte* stretch_end(Byte* begin, Byte* end) noexcept {
  const std::uintptr_t into = reinterpret_cast<std::uintptr_t>(begin) % WordRamps::kStretch;
  const auto left = static_cast<std::ptrdiff_t>(WordRamps::kStretch - into);
  return end - begin < left ? end : begin + left;
}

/// [begin, end), aligned to 16 bytes, becomes the words of the ramps.
template <typename Vector>
[[gnu::always_inline]] inline void fill_by(std::byte* begin, std::byte* end,
                                           const WordRamps& ramps) noexcept {
  while (begin != end) {
    std::byte* const part = stretch_end(begin, end);
    const WordRamp& ramp = ramps.at(reinterpret_cast<std::uintptr_t>(begin));
    if (has_room<Vector>(begin, part, 1)) {
      fill_ramp_by<Vector>(begin, part, ramp);
    } else {
      fill_short(begin, part, ramp);
    }
    begin = part;
  }
}

/// Whether [begin, end), as above, holds them.
template <typename Vector>
[[gnu::always_inline]] inline bool intact_by(const std::byte* begin, const std::byte* end,
                                             const WordRamps& ramps) noexcept {
  while (begin != end) {
    const std::byte* const part = stretch_end(begin, end);
    const WordRamp& ramp = ramps.at(reinterpret_cast<std::uintptr_t>(begin));
    const bool intact = has_room<Vector>(begin, part, 1) ? ramp_intact_by<Vector>(begin, part, ramp)
                                                         : short_intact(begin, part, ramp);
    if (!intact) return false;
    begin = part;
  }
  return true;
}

}  // namespace padlock::arch::wide
