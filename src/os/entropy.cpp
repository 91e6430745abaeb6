// Random bits, by getrandom(2) with a fallback for kernels and sandboxes that refuse it.
#include "os/entropy.h"

#include <elf.h>
#include <sys/random.h>
#include <cstddef>
#include <cstring>
#include <ctime>

#include "os/start_data.h"
#include "os/system_call.h"
#include "os/vdso.h"

namespace padlock::os {
namespace {

// The finalizer of splitmix64 (Steele, Lea, Flood 2014).
std::uint64_t mix(std::uint64_t bits) noexcept {
  bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9U;
  bits = (bits ^ (bits >> 27)) * 0x94d049bb133111ebU;
  return bits ^ (bits >> 31);
}

// AT_RANDOM is 16 bytes that the kernel drew for this process; clock and count make calls differ.
std::uint64_t weaker_entropy() noexcept {
  static constinit std::uint64_t count = 0;
  std::uint64_t words[2] = {};
  const auto* drawn = reinterpret_cast<const void*>(auxiliary_value(AT_RANDOM));
  if (drawn != nullptr) std::memcpy(words, drawn, sizeof words);
  const timespec now = kernel_clock(CLOCK_MONOTONIC);
  std::uint64_t bits = mix(words[0] + __atomic_add_fetch(&count, 1, __ATOMIC_RELAXED));
  bits = mix(bits ^ words[1] ^ reinterpret_cast<std::uintptr_t>(&now));
  return mix(bits ^ static_cast<std::uint64_t>(now.tv_nsec) ^ (static_cast<std::uint64_t>(now.tv_sec) << 30));
}

}  // namespace

std::uint64_t entropy() noexcept {
  std::uint64_t bits = 0;
  const SystemResult drawn = system_call(SYS_getrandom, &bits, sizeof bits, GRND_NONBLOCK);
  return drawn.value() == static_cast<long>(sizeof bits) ? bits : weaker_entropy();
}

}  // namespace padlock::os
