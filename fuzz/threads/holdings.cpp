// Entering allocations, frees and wounds, and comparing contents.
#include "threads/holdings.h"

#include <algorithm>
#include <cstring>

#include "base/arith.h"
#include "core/block/layout.h"
#include "model/require.h"

namespace padlock::fuzz {
namespace {

constexpr std::size_t kLookedAt = 2048;  // bytes at either end of a block

std::uint8_t content(std::uint8_t seed, std::size_t index) noexcept {
  return static_cast<std::uint8_t>(seed + index * 7);
}

}  // namespace

std::uintptr_t Told::address() const noexcept {
  return address_of(block) + static_cast<std::uintptr_t>(offset);
}

bool Told::is(const Told& expected) const noexcept {
  if (kind != expected.kind || length != expected.length || address() != expected.address()) return false;
  return block == expected.block || (expected.or_of_part && block > expected.block);
}

Told Held::wound_told() const {
  if (wound == Wound::kOverflow) {
    return {"heap-buffer-overflow", memory, static_cast<std::int64_t>(size), wound_length};
  }
  return {"heap-buffer-underflow", memory, -1, 1};
}

void Held::fill(std::uint8_t with) {
  seed = with;
  for (std::size_t i = 0; i < std::min(size, kLookedAt); ++i) memory[i] = content(seed, i);
  for (std::size_t i = size - std::min(size, kLookedAt); i < size; ++i) memory[i] = content(seed, i);
}

void Held::verify_begin(std::size_t length) const {
  for (std::size_t i = 0; i < std::min(length, kLookedAt); ++i) {
    require(memory[i] == content(seed, i), "a block keeps its contents", {{"offset", i}, {"size", size}});
  }
}

void Held::verify() const {
  verify_begin(size);
  for (std::size_t i = size - std::min(size, kLookedAt); i < size; ++i) {
    require(memory[i] == content(seed, i), "a block keeps its contents", {{"offset", i}, {"size", size}});
  }
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
