// The processor's names in files and for the kernel.
#pragma once

#include <cstdint>

namespace padlock::arch {

inline constexpr const char* kName = "64-bit x86";             // for people
inline constexpr std::uint16_t kElfMachine = 62;               // EM_X86_64
inline constexpr const char* kLoader = "ld-linux-x86-64";      // part of the path of glibc's dynamic loader
inline constexpr const char* kClock = "__vdso_clock_gettime";  // what the vDSO calls it

}  // namespace padlock::arch
