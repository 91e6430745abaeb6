// Writing the segment table.
#include "runtime/memory/segment_table.h"

#include "base/arith.h"
#include "os/memory.h"

namespace padlock::runtime {

constinit SegmentTable segment_table;

void SegmentTable::set_owner(std::uintptr_t begin, std::size_t size, SegmentOwner owner) noexcept {
  SlotMark mark = owner;
  if (owner == kBootstrapOwner || (owner != kNoOwner && size % kSlotSize != 0)) mark |= kUncommon;
  for (std::uintptr_t at = begin; at < begin + size; at += kSlotSize) {
    write(at, at == begin || owner == kNoOwner ? mark : static_cast<SlotMark>(mark | kContinued));
  }
}

void SegmentTable::write(std::uintptr_t address, SlotMark mark) noexcept {
  SlotMark& place = marks_[address >> kSlotShift];
  if (sealed_) {
    const std::size_t page = os::page_size();
    auto* const begin = reinterpret_cast<void*>(align_down(address_of(&place), std::uintptr_t{page}));
    os::protect(begin, page, os::Protection::kReadWrite);
  }
  __atomic_store_n(&place, mark, __ATOMIC_RELEASE);
}

void SegmentTable::seal() noexcept {
  sealed_ = true;
  os::protect(marks_, sizeof marks_, os::Protection::kReadOnly);
}

}  // namespace padlock::runtime
