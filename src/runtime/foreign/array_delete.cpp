// The loop goes from the end of the elements down to their beginning, and has both at hand: the block, and a
// pointer that is a multiple of the false count away from it. The count is a word of a header, so no other
// pointer is.
#include "runtime/foreign/array_delete.h"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <initializer_list>

#include "os/memory.h"
#include "runtime/holders/place.h"
#include "runtime/holders/values_at_hand.h"
#include "runtime/memory/settings.h"

namespace padlock::runtime {
namespace {

constexpr std::uintptr_t kLargestElement = 4096;
constexpr std::uintptr_t kLeastCount = std::uintptr_t{1}
                                       << 32;  // a smaller one could be a number of elements

// Whether `value` points into the last of `count` elements from `block` on, or to their end.
bool ends_elements(std::uintptr_t value, std::uintptr_t block, std::uintptr_t count) noexcept {
  for (std::uintptr_t size = 1; size <= kLargestElement; ++size) {
    if (block + count * size - value <= size) return true;
  }
  return false;
}

core::BlockSnapshot block_from_new(std::uintptr_t value) noexcept {
  const Place place = place_of(value);
  // A guarded block at the beginning of a page has nothing before it that could be read.
  const bool readable =
      place.holder == Holder::kArena || (place.holder == Holder::kGuarded && value % os::page_size() != 0);
  if (!readable || value % 16 != 0) return {};
  const core::BlockSnapshot block = try_find_block(place, value).value_or(core::BlockSnapshot{});
  const bool fits = block.user == value && block.sealed && block.state == core::BlockState::kLive &&
                    block.origin == core::Origin::kNew;
  return fits ? block : core::BlockSnapshot{};
}

bool is_looped_over(const ValuesAtHand& values, std::uintptr_t block) noexcept {
  std::uintptr_t count = 0;
  std::memcpy(&count, reinterpret_cast<const void*>(block - sizeof count), sizeof count);
  if (count < kLeastCount) return false;
  for (const std::uintptr_t value : values) {
    if (ends_elements(value, block, count)) return true;
  }
  return false;
}

}  // namespace

core::Fault explain_array_delete(const arch::Context& context) noexcept {
  core::Fault fault;
  if (!arch::is_outside_address_space(context) || !settings.options.alloc_dealloc_mismatch) return fault;
  const ValuesAtHand values(context);
  for (const std::uintptr_t value : values) {
    for (const std::uintptr_t start :
         {value, value + sizeof(std::uintptr_t)}) {  // the count's place is at hand, too
      const core::BlockSnapshot block = block_from_new(start);
      if (!block.present() || !is_looped_over(values, start)) continue;
      fault.kind = core::FaultKind::kAllocDeallocMismatch;
      fault.moment = core::Moment::kFree;
      fault.call = core::Call::kDeleteArray;
      fault.accessed = {.address = start, .access = core::Access::kRead};
      fault.given_origin = core::Origin::kNewArray;
      fault.address = start;
      fault.block = block;
      return fault;
    }
  }
  return fault;
}

}  // namespace padlock::runtime
