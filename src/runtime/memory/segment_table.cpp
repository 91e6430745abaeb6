// Writing the segment table.
#include "runtime/memory/segment_table.h"

#include <algorithm>

#include "base/arith.h"
#include "os/memory.h"

namespace padlock::runtime {

constinit SegmentTable segment_table;

namespace {

// Of the slot at `at` of the segment [begin, end).
SlotMark mark_for(std::uintptr_t at, std::uintptr_t begin, std::uintptr_t end, SegmentOwner owner) noexcept {
  const std::uintptr_t distance = std::min((at - begin) >> kSlotShift, std::uintptr_t{kOwnerOrDistance});
  const std::uintptr_t mark = at == begin ? owner : kContinued | distance;
  const bool common = owner != kBootstrapOwner && end - at >= kSlotSize;
  return static_cast<SlotMark>(common ? mark : mark | kUncommon);
}

}  // namespace

void SegmentTable::set_owner(std::uintptr_t begin, std::size_t size, SegmentOwner owner) noexcept {
  const std::uintptr_t end = begin + size;
  for (std::uintptr_t at = begin; at < end; at += kSlotSize) {
    write(at, owner == kNoOwner ? kNoOwner : mark_for(at, begin, end, owner));
  }
}

void SegmentTable::set_guarded(std::uintptr_t begin, std::size_t size) noexcept {
  constexpr std::size_t kPageOfMarks = 4096;
  for (std::uintptr_t at = begin; at < begin + size; at += kSlotSize) {
    SlotMark& place = marks_[at >> kSlotShift];
    if (at == begin || address_of(&place) % kPageOfMarks == 0) {
      write(at, kGuardedMark);
    } else {
      __atomic_store_n(&place, kGuardedMark, __ATOMIC_RELEASE);
    }
  }
}

void SegmentTable::set_uncommon(std::uintptr_t address) noexcept {
  const SlotMark mark = mark_of(address);
  if (is_common(mark)) write(address, static_cast<SlotMark>(mark | kUncommon));
}

void SegmentTable::shorten(std::uintptr_t begin, std::size_t former_size) noexcept {
  const SegmentOwner owner = owner_of(begin);
  const std::size_t size = end_of(begin) - begin;
  const std::uintptr_t end = begin + size;
  // What was uncommon stays so.
  for (std::uintptr_t at = begin; at < end; at += kSlotSize)
    write(at, static_cast<SlotMark>(mark_for(at, begin, end, owner) | (mark_of(at) & kUncommon)));
  const std::size_t slots = align_up(size, kSlotSize);
  if (slots < former_size) set_owner(begin + slots, former_size - slots, kNoOwner);
}

// Others may be writing marks: of segments, that takes precedence.
void SegmentTable::set_large(std::uintptr_t begin, std::size_t size) noexcept {
  for (std::uintptr_t slot = begin >> kSlotShift; slot <= (begin + size - 1) >> kSlotShift; ++slot) {
    if (slot >= kSlots || __atomic_load_n(&marks_[slot], __ATOMIC_RELAXED) != kNoOwner) continue;
    open(marks_[slot]);
    SlotMark expected = kNoOwner;
    __atomic_compare_exchange_n(&marks_[slot], &expected, kLargeMark, false, __ATOMIC_RELEASE,
                                __ATOMIC_RELAXED);
  }
}

void SegmentTable::open(const SlotMark& place) noexcept {
  if (!sealed_) return;
  const std::size_t page = os::page_size();
  auto* const begin = reinterpret_cast<void*>(align_down(address_of(&place), std::uintptr_t{page}));
  os::protect(begin, page, os::Protection::kReadWrite);
}

void SegmentTable::write(std::uintptr_t address, SlotMark mark) noexcept {
  SlotMark& place = marks_[address >> kSlotShift];
  open(place);
  __atomic_store_n(&place, mark, __ATOMIC_RELEASE);
}

void SegmentTable::unseal() noexcept {
  if (!sealed_ || !os::protect(marks_, sizeof marks_, os::Protection::kReadWrite)) return;
  sealed_ = false;
}

void SegmentTable::seal() noexcept {
  sealed_ = true;
  os::protect(marks_, sizeof marks_, os::Protection::kReadOnly);
}

}  // namespace padlock::runtime
