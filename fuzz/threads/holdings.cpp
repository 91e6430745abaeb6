// Entering allocations, frees and wounds, and comparing contents.
#include "threads/holdings.h"

#include <algorithm>
#include <cstring>

#include "base/arith.h"
#include "core/block/layout.h"
#include "model/require.h"
#include "threads/guards.h"

namespace padlock::fuzz {
namespace {

constexpr std::size_t kLookedAt = 2048;  // bytes at either end of a block

// Each byte is seven more than the one before, so what begins with a seed is a part of what begins with
// another.
struct Pattern {
  std::uint8_t bytes[256 + kLookedAt] = {};
  constexpr Pattern() noexcept {
    for (std::size_t i = 0; i < sizeof bytes; ++i) bytes[i] = static_cast<std::uint8_t>(i * 7);
  }
};
constexpr Pattern kPattern;

// Up to kLookedAt bytes of the contents of a block, from `index` on.
const std::uint8_t* contents(std::uint8_t seed, std::size_t index) noexcept {
  constexpr std::size_t kOfSeven = 183;  // 7 * 183 is 1, modulo 256
  return kPattern.bytes + (index + seed * kOfSeven) % 256;
}

void verify_part(const Held& held, std::size_t begin, std::size_t size) {
  const std::uint8_t* const expected = contents(held.seed, begin);
  if (std::memcmp(held.memory + begin, expected, size) == 0) return;
  const auto found = std::mismatch(expected, expected + size, held.memory + begin).second;
  fail("a block keeps its contents",
       {{"offset", static_cast<std::uint64_t>(found - held.memory)}, {"size", held.size}});
}

}  // namespace

std::uintptr_t Told::address() const noexcept {
  return address_of(block) + static_cast<std::uintptr_t>(offset);
}

bool Told::is(const Told& expected) const noexcept {
  if (kind != expected.kind || length != expected.length || address() != expected.address()) return false;
  if (accessed != expected.accessed) return false;
  return block == expected.block || (expected.or_of_part && block > expected.block);
}

Told Held::wound_told() const {
  if (wound == Wound::kOverflow) {
    return {"heap-buffer-overflow", memory, static_cast<std::int64_t>(size + wound_gap), wound_length};
  }
  return {"heap-buffer-underflow", memory, -static_cast<std::int64_t>(wound_gap + wound_length),
          wound_length};
}

void Held::fill(std::uint8_t with) {
  seed = with;
  const std::size_t part = std::min(size, kLookedAt);
  std::memcpy(memory, contents(seed, 0), part);
  std::memcpy(memory + size - part, contents(seed, size - part), part);
}

void Held::verify_begin(std::size_t length) const { verify_part(*this, 0, std::min(length, kLookedAt)); }

void Held::verify() const {
  const std::size_t part = std::min(size, kLookedAt);
  verify_part(*this, 0, part);
  if (size > part) verify_part(*this, size - part, part);
}

void Holdings::verify() const {
  for (const Held& held : held_) {
    if (held.present()) held.verify();
  }
}

void Holdings::verify_apart(std::size_t place) const {
  const auto begin_of = [](const Held& held) { return address_of(held.memory) - core::kHeaderSize; };
  const auto end_of = [](const Held& held) {
    return address_of(held.memory) + held.size + core::kMinPadding;
  };
  const Held& fresh = held_[place];
  for (const Held& other : held_) {
    if (&other == &fresh || !other.present()) continue;
    require(end_of(other) <= begin_of(fresh) || end_of(fresh) <= begin_of(other),
            "memory that somebody has is not handed out",
            {{"block", address_of(fresh.memory)}, {"other", address_of(other.memory)}});
  }
}

std::size_t Holdings::live_blocks() const noexcept {
  return static_cast<std::size_t>(std::ranges::count_if(held_, &Held::present));
}

std::uint64_t Holdings::live_bytes() const noexcept {
  std::uint64_t bytes = 0;
  for (const Held& held : held_) bytes += held.present() ? held.size : 0;
  return bytes;
}

std::size_t Holdings::wounds() const noexcept {
  return static_cast<std::size_t>(
      std::ranges::count_if(held_, [](const Held& held) { return held.wound != Wound::kNone; }));
}

std::size_t Holdings::guarded_bytes() const noexcept {
  std::size_t bytes = 0;
  for (const Held& held : held_) bytes += held.guarded ? pages_of(held.memory, held.size).size() : 0;
  return bytes;
}

bool Holdings::holds_any(AddressRange pages) const noexcept {
  return std::ranges::any_of(held_, [&](const Held& held) {
    const std::uintptr_t begin = address_of(held.memory);
    return held.present() && begin < pages.end && pages.begin < begin + std::max<std::size_t>(held.size, 1);
  });
}

std::vector<Told> Holdings::tell_wounds() {
  std::vector<Told> all;
  for (Held& held : held_) {
    if (held.wound == Wound::kNone || held.told) continue;
    all.push_back(held.wound_told());
    held.told = true;
  }
  return all;
}

void Holdings::note_freed(const Freed& freed) {
  freed_.push_back(freed);
  std::size_t bytes = 0;
  for (const Freed& one : freed_) bytes += one.size;
  while (freed_.size() > kLately || (freed_.size() > 1 && bytes > kLatelyBytes)) {
    bytes -= freed_.front().size;
    freed_.pop_front();
  }
}

void Holdings::forget_freed(const Held& held) {
  const std::uintptr_t begin = address_of(held.memory) - core::kHeaderSize;
  const std::uintptr_t end = address_of(held.memory) + held.size + core::kMinPadding;
  std::erase_if(freed_, [&](const Freed& freed) {
    const std::uintptr_t user = address_of(freed.memory);
    return user - core::kHeaderSize < end && begin < user + freed.size + core::kMinPadding;
  });
}

Freed* Holdings::freed(std::size_t index) noexcept {
  return freed_.empty() ? nullptr : &freed_[index % freed_.size()];
}

}  // namespace padlock::fuzz
