// Decoding of the few instructions that compilers and linkers make of calls to functions with a name.
#include "arch/call_code.h"

#include <cstring>

namespace padlock::arch {
namespace {

// `displacement` lies at `at`, the end of its instruction, and is relative to what comes after it.
std::uintptr_t relative(std::uintptr_t at, const std::uint8_t* displacement) noexcept {
  std::int32_t distance = 0;
  std::memcpy(&distance, displacement, sizeof distance);
  return at + sizeof distance + static_cast<std::uintptr_t>(std::intptr_t{distance});
}

}  // namespace

BranchTarget called_before(std::uintptr_t return_address, const std::uint8_t (&code)[kCallBytes]) noexcept {
  const std::uintptr_t target = relative(return_address - sizeof(std::int32_t), code + 2);
  if (code[0] == 0xff && code[1] == 0x15) return {target, true};
  if (code[1] == 0xe8) return {target, false};
  return {};
}

BranchTarget jumped_to(std::uintptr_t address, const std::uint8_t (&code)[kJumpBytes]) noexcept {
  constexpr std::uint8_t kEndbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};
  const std::uint8_t* at = code;
  if (std::memcmp(at, kEndbr64, sizeof kEndbr64) == 0) at += sizeof kEndbr64;
  if (*at == 0xf2) ++at;  // bnd
  if (at[0] != 0xff || at[1] != 0x25) return {};
  return {relative(address + static_cast<std::uintptr_t>(at + 2 - code), at + 2), true};
}

}  // namespace padlock::arch
