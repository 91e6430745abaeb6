// Reading the code and the slots of the linkage table; what the code means is arch/call_code.h.
#include "os/call_target.h"

#include <cstring>

#include "arch/call_code.h"
#include "os/memory.h"

namespace padlock::os {
namespace {

constexpr int kMostJumps = 4;  // a stub of the linkage table, perhaps behind one that reaches further

template <typename T>
bool load(std::uintptr_t address, T& value) noexcept {
  if (!is_readable(address, sizeof value)) return false;
  std::memcpy(&value, reinterpret_cast<const void*>(address), sizeof value);
  return true;
}

// Where a branch leads; 0 where its slot cannot be read.
std::uintptr_t follow(const arch::BranchTarget& branch) noexcept {
  std::uintptr_t target = branch.address;
  if (branch.in_slot && !load(branch.address, target)) return 0;
  return target;
}

std::uintptr_t called_before(std::uintptr_t return_address) noexcept {
  std::uint8_t code[arch::kCallBytes];
  return load(return_address - sizeof code, code) ? follow(arch::called_before(return_address, code)) : 0;
}

std::uintptr_t jumped_to(std::uintptr_t address) noexcept {
  std::uint8_t code[arch::kJumpBytes];
  return load(address, code) ? follow(arch::jumped_to(address, code)) : 0;
}

}  // namespace

std::uintptr_t call_target(std::uintptr_t return_address) noexcept {
  std::uintptr_t target = called_before(return_address);
  for (int i = 0; i < kMostJumps && target != 0; ++i) {
    const std::uintptr_t next = jumped_to(target);
    if (next == 0) break;
    target = next;
  }
  return target;
}

}  // namespace padlock::os
