// How far the tests go that try everything.
#pragma once

#include <cstdint>

namespace padlock::core::test {

/// The step of their longest loops. Where the build makes everything ten times as slow (CMake says where),
/// some cases are left out; an odd step still meets every residue of a granule.
inline constexpr std::uint64_t kStride = PADLOCK_TEST_STRIDE;

}  // namespace padlock::core::test
