// Where a guarded block lies in its pages, and the slack that alignment leaves around it.
#include "runtime/guarded/guarded_slot.h"

#include <algorithm>

#include "base/arith.h"
#include "core/block/damage.h"
#include "core/block/pattern.h"
#include "core/block/sealed_block.h"
#include "core/config.h"
#include "os/memory.h"

namespace padlock::runtime {
namespace {

// A block without bytes has an address of its own as well.
std::size_t taken_by(std::size_t size) noexcept { return std::max<std::size_t>(size, 1); }

AddressRange slack_before(const GuardedBlock& block) noexcept { return {block.data.begin, block.block.user}; }
AddressRange slack_behind(const GuardedBlock& block) noexcept {
  return {block.block.user + block.block.requested, block.data.end};
}

std::byte* pointer_to(std::uintptr_t address) noexcept { return reinterpret_cast<std::byte*>(address); }

std::uint8_t canary_at(std::uint64_t canary, std::uintptr_t address) noexcept {
  return core::pattern_byte(canary, address);
}

constexpr std::size_t kWord = sizeof(std::uint64_t);
constexpr std::size_t kFewestWords = 2 * kWord;  // that runs of words are made for

// The part of `range` that is whole words.
AddressRange words_in(AddressRange range) noexcept {
  const std::uintptr_t begin = align_up(range.begin, std::uintptr_t{kWord});
  const std::uintptr_t end = align_down(range.end, std::uintptr_t{kWord});
  return begin + kFewestWords <= end ? AddressRange{begin, end} : AddressRange{range.begin, range.begin};
}

void fill(AddressRange range, std::uint64_t canary) noexcept {
  const AddressRange words = words_in(range);
  const auto fill_bytes = [&](std::uintptr_t from, std::uintptr_t to) {
    for (; from < to; ++from) *pointer_to(from) = std::byte{canary_at(canary, from)};
  };
  fill_bytes(range.begin, words.begin);
  if (words.begin != words.end) fill_words(pointer_to(words.begin), pointer_to(words.end), canary);
  fill_bytes(words.end, range.end);
}

bool is_intact(AddressRange range, std::uint64_t canary) noexcept {
  const AddressRange words = words_in(range);
  bool intact =
      words.begin == words.end || words_intact(pointer_to(words.begin), pointer_to(words.end), canary);
  for (std::uintptr_t at = range.begin; at < words.begin; ++at)
    intact &= core::byte_at(at) == canary_at(canary, at);
  for (std::uintptr_t at = words.end; at < range.end; ++at)
    intact &= core::byte_at(at) == canary_at(canary, at);
  return intact;
}

void report(const GuardedBlock& block, AddressRange range, core::FaultKind kind, core::Moment moment,
            core::FaultSink& faults) noexcept {
  core::Fault fault = core::fault_of(kind, moment, block.block);
  const auto expected = [&](std::uintptr_t address) -> core::ExpectedByte {
    if (address < range.begin || address >= range.end) return {};
    return {true, canary_at(block.canary, address)};
  };
  fault.damage = core::measure_damage(range, block.block.user, block.data, expected);
  faults.on_fault(fault);
}

}  // namespace

std::size_t guarded_room_size(std::size_t size, std::size_t alignment, std::size_t page) noexcept {
  return align_up(taken_by(size), page) + (std::max(alignment, page) - page);
}

GuardedLayout lay_out_guarded(AddressRange room, std::size_t size, std::size_t alignment, GuardedSide side,
                              bool exact) noexcept {
  const std::uintptr_t page = os::page_size();
  const std::size_t step = std::max(alignment, exact ? 1 : core::kGranule);
  GuardedLayout layout;
  layout.user = side == GuardedSide::kFront
                    ? align_up(room.begin, std::uintptr_t{std::max(alignment, std::size_t{page})})
                    : align_down(room.end - taken_by(size), std::uintptr_t{step});
  layout.data = {align_down(layout.user, page), align_up(layout.user + taken_by(size), page)};
  return layout;
}

void lock_slack(const GuardedBlock& block) noexcept {
  fill(slack_before(block), block.canary);
  fill(slack_behind(block), block.canary);
}

std::size_t verify_slack(const GuardedBlock& block, core::Moment moment, core::FaultSink& faults) noexcept {
  std::size_t found = 0;
  if (const AddressRange slack = slack_behind(block); !is_intact(slack, block.canary)) {
    report(block, slack, core::FaultKind::kHeapBufferOverflow, moment, faults);
    ++found;
  }
  if (const AddressRange slack = slack_before(block); !is_intact(slack, block.canary)) {
    report(block, slack, core::FaultKind::kHeapBufferUnderflow, moment, faults);
    ++found;
  }
  return found;
}

}  // namespace padlock::runtime
