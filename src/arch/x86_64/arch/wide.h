// Long runs, written and compared: of words that are made from their addresses, or all zero. 32 bytes at a
// time where the processor can (AVX2, 2013 and later), 64 where that costs it nothing (AVX-512, 2019 and
// later). 2019 and later).
#pragma once

#include <cpuid.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "arch/wide_vectors.h"
#include "base/word_pairs.h"

namespace padlock::arch::wide {

/// The widest vectors that the processor has and whose registers the kernel keeps.
enum class Width : std::uint8_t { kUnknown, kPair, kQuad, kOctet };

inline Width detect_width() noexcept {
  constexpr unsigned kUsable = 1U << 27 | 1U << 28;  // OSXSAVE, AVX
  constexpr unsigned kAvx2 = 1U << 5;
  constexpr unsigned kAvx512f = 1U << 16;
  constexpr unsigned kVbmi2 = 1U << 6;     // processors before it run slower for a while after such vectors
  constexpr unsigned kQuadStates = 0x06;   // SSE, AVX
  constexpr unsigned kOctetStates = 0xe6;  // and masks, upper halves, further registers
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & kUsable) != kUsable) return Width::kPair;
  unsigned states = 0;
  asm("xgetbv" : "=a"(states), "=d"(d) : "c"(0));
  if ((states & kQuadStates) != kQuadStates) return Width::kPair;
  if (__get_cpuid_count(7, 0, &a, &b, &c, &d) == 0 || (b & kAvx2) == 0) return Width::kPair;
  const bool octets = (b & kAvx512f) != 0 && (c & kVbmi2) != 0 && (states & kOctetStates) == kOctetStates;
  return octets ? Width::kOctet : Width::kQuad;
}

/// Asked once: the question takes a microsecond and more on a virtual machine.
inline Width width() noexcept {
  static constinit std::atomic<Width> known{Width::kUnknown};
  Width answer = known.load(std::memory_order_relaxed);
  if (answer == Width::kUnknown) [[unlikely]] {
    answer = detect_width();
    known.store(answer, std::memory_order_relaxed);
  }
  return answer;
}

[[gnu::target("avx2"), gnu::noinline]] inline void fill_by_quads(std::byte* begin, std::byte* end,
                                                                 const WordRamps& ramps) noexcept {
  fill_by<Quad>(begin, end, ramps);
}

[[gnu::target("avx512f"), gnu::noinline]] inline void fill_by_octets(std::byte* begin, std::byte* end,
                                                                     const WordRamps& ramps) noexcept {
  fill_by<Octet>(begin, end, ramps);
}

[[gnu::noinline]] inline void fill_by_pairs(std::byte* begin, std::byte* end,
                                            const WordRamps& ramps) noexcept {
  fill_by<WordPair>(begin, end, ramps);
}

[[gnu::target("avx2"), gnu::noinline]] inline bool intact_by_quads(const std::byte* begin,
                                                                   const std::byte* end,
                                                                   const WordRamps& ramps) noexcept {
  return intact_by<Quad>(begin, end, ramps);
}

[[gnu::target("avx512f"), gnu::noinline]] inline bool intact_by_octets(const std::byte* begin,
                                                                       const std::byte* end,
                                                                       const WordRamps& ramps) noexcept {
  return intact_by<Octet>(begin, end, ramps);
}

[[gnu::noinline]] inline bool intact_by_pairs(const std::byte* begin, const std::byte* end,
                                              const WordRamps& ramps) noexcept {
  return intact_by<WordPair>(begin, end, ramps);
}

[[gnu::target("avx2"), gnu::noinline]] inline bool all_equal_by_quads(const std::byte* begin,
                                                                      const std::byte* end,
                                                                      std::uint64_t word) noexcept {
  return all_equal_by<Quad>(begin, end, word);
}

[[gnu::target("avx512f"), gnu::noinline]] inline bool all_equal_by_octets(const std::byte* begin,
                                                                          const std::byte* end,
                                                                          std::uint64_t word) noexcept {
  return all_equal_by<Octet>(begin, end, word);
}

/// [begin, end), aligned to 16 bytes, becomes the words of the ramps.
inline void fill(std::byte* begin, std::byte* end, const WordRamps& ramps) noexcept {
  const Width by = width();
  if (by == Width::kOctet) return fill_by_octets(begin, end, ramps);
  return by == Width::kQuad ? fill_by_quads(begin, end, ramps) : fill_by_pairs(begin, end, ramps);
}

/// Whether [begin, end), as above, holds them.
inline bool intact(const std::byte* begin, const std::byte* end, const WordRamps& ramps) noexcept {
  const Width by = width();
  if (by == Width::kOctet) return intact_by_octets(begin, end, ramps);
  return by == Width::kQuad ? intact_by_quads(begin, end, ramps) : intact_by_pairs(begin, end, ramps);
}

/// Whether [begin, end), aligned to 16 bytes, 64 or longer, is all `word`.
inline bool all_equal(const std::byte* begin, const std::byte* end, std::uint64_t word) noexcept {
  const Width by = width();
  if (by == Width::kOctet) return all_equal_by_octets(begin, end, word);
  return by == Width::kQuad ? all_equal_by_quads(begin, end, word) : pairs_equal(begin, end, word);
}

}  // namespace padlock::arch::wide
