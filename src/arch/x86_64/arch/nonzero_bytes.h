// Words without a zero byte.
#pragma once

#include <nmmintrin.h>

#include <cstdint>

namespace padlock::arch {

/// Every byte of `word` plus one, but 255 stays 255. So bytes that take all values take all but zero, each as
/// often as the others, 255 twice as often.
inline std::uint64_t nonzero_bytes(std::uint64_t word) noexcept {
  const __m128i bytes = _mm_cvtsi64_si128(static_cast<long long>(word));
  return static_cast<std::uint64_t>(_mm_cvtsi128_si64(_mm_adds_epu8(bytes, _mm_set1_epi8(1))));
}

}  // namespace padlock::arch
