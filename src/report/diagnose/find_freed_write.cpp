// What a write into freed memory looks like: a counter, a flag, a pointer set to null, another block.
#include <algorithm>
#include <bit>

#include "report/diagnose/damage_view.h"
#include "report/diagnose/parts.h"
#include "report/fault_parts.h"

namespace padlock::report {
namespace {

// A counter or a flag changes one word; what else was in it (the poison) stays.
bool find_counter(const core::Fault& fault, const DamageView& view, Findings& findings) {
  for (const std::size_t size : {std::size_t{8}, std::size_t{4}}) {
    const std::uintptr_t word = fault.damage.address & ~std::uintptr_t{size - 1};
    const auto found = view.found_word(word, size);
    const auto expected = view.expected_word(word, size);
    if (!found || !expected || fault.damage.length > size - (fault.damage.address - word)) continue;
    const std::uint64_t mask = size == 8 ? ~std::uint64_t{0} : 0xFFFFFFFFU;
    const std::uint64_t change = (*found - *expected) & mask;
    if (change == mask || change == 1) {
      const FindingId id = change == 1 ? FindingId::kIncremented : FindingId::kDecremented;
      findings.add({.id = id, .offset = fault.damage.offset});  // the lowest byte has changed in any case
      return true;
    }
  }
  return false;
}

bool find_bit(const core::Fault& fault, const DamageView& view, Findings& findings) {
  if (fault.damage.length != 1) return false;
  const auto found = view.found_word(fault.damage.address, 1);
  const auto expected = view.expected_word(fault.damage.address, 1);
  if (!found || !expected || !std::has_single_bit(*found ^ *expected)) return false;
  const bool set = (*found & (*found ^ *expected)) != 0;
  findings.add({.id = set ? FindingId::kBitSet : FindingId::kBitCleared});
  return true;
}

bool find_zero(const core::Fault& fault, const DamageView& view, Findings& findings) {
  const std::uint64_t length = fault.damage.length;
  if (!view.complete() || (length != 1 && length != 2 && length != 4 && length != 8)) return false;
  if (!std::ranges::all_of(view.bytes(), [](std::uint8_t byte) { return byte == 0; })) return false;
  if (length == 1) {
    findings.add({.id = FindingId::kByteZeroed});
  } else {
    findings.add({.id = FindingId::kFieldZeroed, .size = length});
  }
  return true;
}

bool is_whole_block(const core::Fault& fault) {
  const bool covered = fault.damage.changed == 0 && fault.damage.length >= fault.block.requested;
  return fault.damage.offset == 0 && fault.block.sealed && covered;
}

// Of memory that was given back nothing is known but the freed blocks before it. No block is half as long
// again as was asked for, and then some.
bool is_beyond_block(const core::Fault& fault) {
  constexpr std::uint64_t kSomeBytes = 128;
  const std::uint64_t longest = fault.block.requested + fault.block.requested / 2 + kSomeBytes;
  return fault.block.sealed && fault.damage.offset >= static_cast<std::int64_t>(longest);
}

}  // namespace

void find_in_freed_write(const Report& report, Findings& findings) noexcept {
  const core::Fault& fault = report.fault;
  if (is_trapped(fault) || !fault.damage.present()) return;
  const DamageView view(fault.damage);
  if (is_whole_block(fault)) findings.add({.id = FindingId::kWholeBlock});
  if (is_beyond_block(fault)) findings.add({.id = FindingId::kUnknownBlock});
  if (find_counter(fault, view, findings) || find_bit(fault, view, findings)) return;
  if (find_zero(fault, view, findings)) return;
  find_in_bytes(report, findings);
}

}  // namespace padlock::report
