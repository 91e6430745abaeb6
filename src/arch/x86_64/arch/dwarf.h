// DWARF's numbers of the registers that unwinding needs (System V ABI, figure 3.36).
#pragma once

#include <cstdint>

namespace padlock::arch {

inline constexpr std::uint64_t kDwarfFramePointer = 6;    // rbp
inline constexpr std::uint64_t kDwarfStackPointer = 7;    // rsp
inline constexpr std::uint64_t kDwarfReturnAddress = 16;  // the column of the return address

}  // namespace padlock::arch
