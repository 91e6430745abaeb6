// Long runs of one word: written and compared 32 bytes at a time where the processor can (AVX2, 2013 and
// later), very long ones written by its own loop.
#pragma once

#include <cpuid.h>

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/word_pairs.h"

namespace padlock::core::wide {

/// Whether the processor has AVX2 and the kernel keeps its registers.
inline bool detect_avx2() noexcept {
  constexpr unsigned kUsable = 1U << 27 | 1U << 28;  // OSXSAVE, AVX
  constexpr unsigned kAvx2 = 1U << 5;
  constexpr unsigned kStates = 6;  // SSE, AVX
  unsigned a = 0;
  unsigned b = 0;
  unsigned c = 0;
  unsigned d = 0;
  if (__get_cpuid(1, &a, &b, &c, &d) == 0 || (c & kUsable) != kUsable) return false;
  asm("xgetbv" : "=a"(a), "=d"(d) : "c"(0));
  if ((a & kStates) != kStates) return false;
  return __get_cpuid_count(7, 0, &a, &b, &c, &d) != 0 && (b & kAvx2) != 0;
}

/// Asked once: the question takes a microsecond and more on a virtual machine.
inline bool has_avx2() noexcept {
  enum : std::uint8_t { kUnknown, kNo, kYes };
  static constinit std::atomic<std::uint8_t> known{kUnknown};
  std::uint8_t answer = known.load(std::memory_order_relaxed);
  if (answer == kUnknown) [[unlikely]] {
    answer = detect_avx2() ? kYes : kNo;
    known.store(answer, std::memory_order_relaxed);
  }
  return answer == kYes;
}

using Quad = std::uint64_t __attribute__((vector_size(32)));

[[gnu::target("avx2"), gnu::noinline]] inline void fill_by_quads(std::byte* begin, std::byte* end,
                                                                 std::uint64_t word) noexcept {
  const Quad quad = {word, word, word, word};
  for (; end - begin >= static_cast<std::ptrdiff_t>(2 * sizeof quad); begin += 2 * sizeof quad) {
    __builtin_memcpy(begin, &quad, sizeof quad);  // blocks lie on 16 bytes
    __builtin_memcpy(begin + sizeof quad, &quad, sizeof quad);
  }
  fill_pairs(begin, end, word);
}

// Its start costs as much as 2 KiB of quads, and it goes on no slower.
[[gnu::noinline]] inline void fill_by_processor(std::byte* begin, std::byte* end,
                                                std::uint64_t word) noexcept {
  std::size_t words = static_cast<std::size_t>(end - begin) / sizeof word;
  asm volatile("rep stosq" : "+D"(begin), "+c"(words) : "a"(word) : "memory");
}

/// [begin, end) becomes all `word`.
inline void fill(std::byte* begin, std::byte* end, std::uint64_t word) noexcept {
  constexpr std::ptrdiff_t kVeryLong = 16 * 1024;
  return end - begin < kVeryLong && has_avx2() ? fill_by_quads(begin, end, word)
                                               : fill_by_processor(begin, end, word);
}

[[gnu::target("avx2"), gnu::always_inline]] inline void note_changes(Quad& changed, const std::byte* from,
                                                                     const Quad& wanted) noexcept {
  Quad found;
  __builtin_memcpy(&found, from, sizeof found);
  changed |= found ^ wanted;
}

[[gnu::target("avx2"), gnu::noinline]] inline bool all_equal_by_quads(const std::byte* begin,
                                                                      const std::byte* end,
                                                                      std::uint64_t word) noexcept {
  const Quad wanted = {word, word, word, word};
  Quad changed[4] = {};  // four chains keep the loads busy
  for (; end - begin >= static_cast<std::ptrdiff_t>(sizeof changed); begin += sizeof changed) {
    note_changes(changed[0], begin, wanted);
    note_changes(changed[1], begin + sizeof(Quad), wanted);
    note_changes(changed[2], begin + 2 * sizeof(Quad), wanted);
    note_changes(changed[3], begin + 3 * sizeof(Quad), wanted);
  }
  const Quad all = (changed[0] | changed[1]) | (changed[2] | changed[3]);
  return (all[0] | all[1] | all[2] | all[3]) == 0 && pairs_intact(begin, end, word);
}

/// Whether [begin, end) is all `word`.
inline bool all_equal(const std::byte* begin, const std::byte* end, std::uint64_t word) noexcept {
  return has_avx2() ? all_equal_by_quads(begin, end, word) : pairs_intact(begin, end, word);
}

}  // namespace padlock::core::wide
