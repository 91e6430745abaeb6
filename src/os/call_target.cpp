// x86-64: `call rel32` and `call *slot(%rip)`, then `jmp *slot(%rip)` of linkage-table stubs. On other
// machines nothing is known.
#include "os/call_target.h"

#include <cstring>

#include "os/memory.h"

namespace padlock::os {

#ifdef __x86_64__
namespace {

constexpr int kMostJumps = 4;  // a stub of the linkage table, perhaps behind one that reaches further

template <typename T>
bool load(std::uintptr_t address, T& value) noexcept {
  if (!is_readable(address, sizeof value)) return false;
  std::memcpy(&value, reinterpret_cast<const void*>(address), sizeof value);
  return true;
}

// The pointer in the slot that the 32-bit displacement at `at` names, relative to the end of the instruction.
std::uintptr_t through_slot(std::uintptr_t at, std::int32_t displacement) noexcept {
  std::uintptr_t target = 0;
  const std::uintptr_t end = at + sizeof displacement;
  return load(end + static_cast<std::uintptr_t>(std::intptr_t{displacement}), target) ? target : 0;
}

std::uintptr_t called_at(std::uintptr_t return_address) noexcept {
  std::uint8_t code[6];
  if (!load(return_address - sizeof code, code)) return 0;
  std::int32_t displacement = 0;
  std::memcpy(&displacement, code + 2, sizeof displacement);
  if (code[0] == 0xff && code[1] == 0x15)
    return through_slot(return_address - sizeof displacement, displacement);
  if (code[1] == 0xe8) return return_address + static_cast<std::uintptr_t>(std::intptr_t{displacement});
  return 0;
}

// Where the jump at `address` leads, if there is nothing but a jump by way of the linkage table.
std::uintptr_t jumped_to(std::uintptr_t address) noexcept {
  constexpr std::uint8_t kEndbr64[] = {0xf3, 0x0f, 0x1e, 0xfa};
  std::uint8_t code[11];
  if (!load(address, code)) return 0;
  const std::uint8_t* at = code;
  if (std::memcmp(at, kEndbr64, sizeof kEndbr64) == 0) at += sizeof kEndbr64;
  if (*at == 0xf2) ++at;  // bnd
  if (at[0] != 0xff || at[1] != 0x25) return 0;
  std::int32_t displacement = 0;
  std::memcpy(&displacement, at + 2, sizeof displacement);
  return through_slot(address + static_cast<std::uintptr_t>(at + 2 - code), displacement);
}

}  // namespace

std::uintptr_t call_target(std::uintptr_t return_address) noexcept {
  std::uintptr_t target = called_at(return_address);
  for (int i = 0; i < kMostJumps && target != 0; ++i) {
    const std::uintptr_t next = jumped_to(target);
    if (next == 0) break;
    target = next;
  }
  return target;
}
#else
std::uintptr_t call_target(std::uintptr_t) noexcept { return 0; }
#endif

}  // namespace padlock::os
