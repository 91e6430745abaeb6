// The bits of poisoned bytes, slot by slot.
#include "runtime/memory/pool_marks.h"

#include <algorithm>
#include <bit>

#include "base/random.h"
#include "os/memory.h"
#include "os/tables.h"

namespace padlock::runtime {

constinit PoolMarks pool_marks;

namespace {

constexpr std::memory_order kRelaxed = std::memory_order_relaxed;

// The part of `range` that lies in the slot of its first byte.
AddressRange in_one_slot(AddressRange range) noexcept {
  const std::uintptr_t slot_end = (range.begin | (kSlotSize - 1)) + 1;
  return {range.begin, std::min(range.end, slot_end)};
}

}  // namespace

PoolMarks::Shadow* PoolMarks::shadow_of(std::uintptr_t address) const noexcept {
  const std::uintptr_t slot = address >> kSlotShift;
  for (std::size_t i = 0; i < kPlaces; ++i) {
    const Place& place = places_[(mix64(slot) + i) % kPlaces];
    const std::uintptr_t found = place.slot.load(std::memory_order_acquire);
    if (found == slot) return place.shadow.load(kRelaxed);
    if (found == 0) break;
  }
  return nullptr;
}

PoolMarks::Shadow* PoolMarks::make_shadow(std::uintptr_t address) noexcept {
  if (Shadow* const known = shadow_of(address); known != nullptr) return known;
  const os::LockGuard guard(lock_);
  const std::uintptr_t slot = address >> kSlotShift;
  for (std::size_t i = 0; i < kPlaces; ++i) {
    Place& place = places_[(mix64(slot) + i) % kPlaces];
    const std::uintptr_t found = place.slot.load(kRelaxed);
    if (found == slot) return place.shadow.load(kRelaxed);
    if (found != 0) continue;
    if (!os::can_spare(sizeof(Shadow))) return nullptr;
    auto* const shadow = static_cast<Shadow*>(os::map_table(sizeof(Shadow)));
    if (shadow == nullptr) return nullptr;
    place.shadow.store(shadow, kRelaxed);
    place.slot.store(slot, std::memory_order_release);
    return shadow;
  }
  return nullptr;
}

std::atomic<std::uint64_t>* PoolMarks::number_of(std::uintptr_t user) const noexcept {
  Shadow* const shadow = shadow_of(user);
  return shadow == nullptr ? nullptr : &shadow->numbers[user % kSlotSize / kGranule];
}

// A word's other bits may be a neighbour's, whose owner is at work too.
void PoolMarks::set(Words& words, AddressRange range, bool value) noexcept {
  std::size_t bit = range.begin % kSlotSize;
  const std::size_t end = bit + range.size();
  while (bit < end) {
    const std::size_t in_word = bit % kWordBits;
    const std::size_t count = std::min(kWordBits - in_word, end - bit);
    const std::uint64_t mask = (~std::uint64_t{0} >> (kWordBits - count)) << in_word;
    std::atomic<std::uint64_t>& word = words[bit / kWordBits];
    if (value) {
      word.fetch_or(mask, kRelaxed);
    } else if ((word.load(kRelaxed) & mask) != 0) {
      word.fetch_and(~mask, kRelaxed);
    }
    bit += count;
  }
}

void PoolMarks::clear(AddressRange range) noexcept {
  while (range.begin < range.end) {
    const AddressRange part = in_one_slot(range);
    if (Shadow* const shadow = shadow_of(part.begin); shadow != nullptr) {
      set(shadow->poisoned, part, false);
      set(shadow->filled, part, false);
    }
    range.begin = part.end;
  }
}

bool PoolMarks::poison(const core::BlockSnapshot& block, AddressRange range, bool filled) noexcept {
  if (block.number == 0 || make_shadow(block.user) == nullptr) return false;
  for (AddressRange left = range; left.begin < left.end; left.begin = in_one_slot(left).end) {
    if (make_shadow(left.begin) == nullptr) return false;
  }
  std::atomic<std::uint64_t>& number = *number_of(block.user);
  if (number.load(kRelaxed) != block.number) {
    clear({block.user, block.user + block.requested});
    number.store(block.number, kRelaxed);
    const std::size_t page = block.user % kSlotSize / kGranule / kInPage;
    shadow_of(block.user)->pages[page / kWordBits].fetch_or(std::uint64_t{1} << page % kWordBits, kRelaxed);
  }
  for (AddressRange left = range; left.begin < left.end;) {
    const AddressRange part = in_one_slot(left);
    Shadow& shadow = *shadow_of(part.begin);
    set(shadow.filled, part, filled);
    set(shadow.poisoned, part, true);
    left.begin = part.end;
  }
  return true;
}

void PoolMarks::unpoison(const core::BlockSnapshot& block, AddressRange range) noexcept {
  const std::atomic<std::uint64_t>* const number = number_of(block.user);
  if (number != nullptr && number->load(kRelaxed) == block.number) clear(range);
}

void PoolMarks::forget(std::uintptr_t user) noexcept {
  if (!in_use()) return;
  if (std::atomic<std::uint64_t>* const number = number_of(user); number != nullptr)
    number->store(0, kRelaxed);
}

template <bool kPoisoned>
std::uintptr_t PoolMarks::first_with(AddressRange range) const noexcept {
  while (range.begin < range.end) {
    const AddressRange part = in_one_slot(range);
    const Shadow* const shadow = shadow_of(part.begin);
    for (std::uintptr_t at = part.begin; at < part.end;) {
      const std::size_t bit = at % kSlotSize;
      const std::uint64_t word = shadow == nullptr ? 0 : shadow->poisoned[bit / kWordBits].load(kRelaxed);
      const std::uint64_t wanted = (kPoisoned ? word : ~word) >> bit % kWordBits;
      if (wanted != 0) {
        const std::uintptr_t found = at + static_cast<unsigned>(std::countr_zero(wanted));
        if (found < part.end) return found;
      }
      at += kWordBits - bit % kWordBits;
    }
    range.begin = part.end;
  }
  return range.end;
}

std::uint64_t PoolMarks::number_at(std::uintptr_t user) const noexcept {
  const std::atomic<std::uint64_t>* const number = number_of(user);
  return number == nullptr ? 0 : number->load(kRelaxed);
}

std::uintptr_t PoolMarks::first_poisoned(std::uintptr_t user, std::uint64_t number,
                                         AddressRange range) const noexcept {
  const std::atomic<std::uint64_t>* const known = number_of(user);
  const std::uint64_t of_marks = known == nullptr ? 0 : known->load(kRelaxed);
  if (of_marks == 0 || (number != 0 && number != of_marks)) return range.end;
  return first_with<true>(range);
}

std::uintptr_t PoolMarks::first_marked(AddressRange range) const noexcept { return first_with<true>(range); }

std::uintptr_t PoolMarks::first_free(AddressRange range) const noexcept { return first_with<false>(range); }

bool PoolMarks::is_filled(std::uintptr_t address) const noexcept {
  const Shadow* const shadow = shadow_of(address);
  const std::size_t bit = address % kSlotSize;
  return shadow != nullptr && (shadow->filled[bit / kWordBits].load(kRelaxed) >> bit % kWordBits & 1U) != 0;
}

}  // namespace padlock::runtime
