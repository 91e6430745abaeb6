// What a library that was built to be measured leaves out: the difference is what it costs (./dev bench
// --features). Such a library finds less than Padlock promises; nobody else builds one.
#pragma once

namespace padlock::core {

inline constexpr bool kOmitsSeal = PADLOCK_OMITS_SEAL;
inline constexpr bool kOmitsCanary = PADLOCK_OMITS_CANARY;
inline constexpr bool kOmitsPoison = PADLOCK_OMITS_POISON;

}  // namespace padlock::core
