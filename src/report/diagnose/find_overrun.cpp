// Writes past the end and before the start of a block.
#include <algorithm>

#include "report/diagnose/damage_view.h"
#include "report/diagnose/parts.h"
#include "report/fault_parts.h"

namespace padlock::report {
namespace {

bool is_element_size(std::uint64_t size) { return size == 2 || size == 4 || size == 8 || size == 16; }

// The bytes are all text: an integer that happens to be text is rarer than a string.
bool reads_as_text(std::span<const std::uint8_t> bytes) {
  return !bytes.empty() && std::ranges::all_of(bytes, is_printable);
}

// `byte` is the one byte behind the end.
Finding off_by_one(const core::Fault& fault, std::uint8_t byte) {
  if (fault.block.requested == 0) return {.id = FindingId::kSizeZero};
  if (byte == 0) return {.id = FindingId::kStringTerminator};
  return {.id = FindingId::kOffByOne, .value = byte};
}

// As many bits as a signed `Number` has, of which it needs no more than `most`.
template <typename Number>
bool is_small(std::uint64_t word, unsigned most) {
  const auto value = static_cast<Number>(word);
  return value >> (most - 1) == 0 || value >> (most - 1) == -1;
}

// A number or a pointer of up to 48 bits, or a floating-point number between 2^-64 and 2^64: what else 8
// bytes hold is rather several things.
bool is_one_value(std::uint64_t word, std::uint64_t size) {
  constexpr unsigned kBias = 1023;
  constexpr unsigned kRange = 64;
  if (size < 8) return true;
  const auto exponent = static_cast<unsigned>(word >> 52 & 0x7FFU);
  return is_small<std::int64_t>(word, 49) || (exponent >= kBias - kRange && exponent <= kBias + kRange);
}

// Both halves of 8 bytes are small numbers of their own: the upper one is neither just the sign of the lower
// one nor as large as a pointer's.
bool is_two_values(std::uint64_t word, std::uint64_t size) {
  constexpr unsigned kMostLower = 24;  // bits
  constexpr unsigned kMostUpper = 13;
  if (size < 8 || is_small<std::int64_t>(word, 32)) return false;
  return is_small<std::int32_t>(word, kMostLower) && is_small<std::int32_t>(word >> 32, kMostUpper);
}

void find_element(const core::Fault& fault, const DamageView& view, Findings& findings) {
  const std::uint64_t size = fault.damage.length;
  const std::uint64_t count = fault.block.requested / size;
  const auto value = view.found_word(fault.damage.address, static_cast<std::size_t>(size));
  if (value && !is_one_value(*value, size)) {
    return findings.add({.id = FindingId::kManyMembers, .size = size});
  }
  if (!value || is_two_values(*value, size)) {
    return findings.add({.id = FindingId::kSeveralReadings, .size = size, .count = count});
  }
  findings.add({.id = FindingId::kOneElement, .size = size, .count = count});
  findings.add({.id = FindingId::kElementValue, .value = *value});
}

void find_gap(const core::Fault& fault, std::uint64_t gap, Findings& findings) {
  if (gap == 1) {
    findings.add({.id = FindingId::kGapOfOne});
  } else {
    findings.add({.id = FindingId::kGap, .size = gap});
  }
  const auto offset = static_cast<std::uint64_t>(fault.damage.offset);
  const std::uint64_t requested = fault.block.requested;
  for (const std::uint64_t size : {8U, 4U}) {
    if (offset % size != 0 || requested % size != 0 || fault.damage.length > size) continue;
    findings.add(
        {.id = FindingId::kGapIndex, .size = size, .count = requested / size, .index = offset / size});
    return;
  }
}

// Whether there is no block at the place of the fault, and why another one is named. Then the distance says
// nothing of a loop or a copy.
bool find_blame(const core::Fault& fault, Findings& findings) {
  switch (fault.blame) {
    case core::Blame::kProven:
      return false;
    case core::Blame::kComputed:
      findings.add({.id = FindingId::kComputedFromBlock});
      return true;
    case core::Blame::kAtHand:
      findings.add({.id = FindingId::kBlockAtHand});
      return true;
    case core::Blame::kNearest:
      findings.add({.id = FindingId::kNearestBlock});
      return true;
  }
  return false;
}

// A length that somebody may have computed as a negative number, of 64 bits or of 32.
bool find_negative_length(std::uint64_t length, Findings& findings) {
  constexpr std::uint64_t kSmall = 1 << 20;  // the least that is one rather than a size
  if (is_negative(length)) {
    findings.add({.id = FindingId::kNegativeLength});
    return true;
  }
  const auto as_int = static_cast<std::int32_t>(length);
  const bool fits = length >> 32 == 0 && as_int < 0 && 0 - static_cast<std::uint64_t>(as_int) <= kSmall;
  if (fits) findings.add({.id = FindingId::kNegativeInt, .offset = as_int});
  return fits;
}

// A call that begins inside the block.
void find_long_call(const core::Fault& fault, Findings& findings) {
  if (find_negative_length(fault.accessed.length, findings)) return;
  const std::uint64_t end = fault.accessed.address + fault.accessed.length;
  const std::uint64_t beyond = end - fault.address;
  if (fault.accessed.unwritten) findings.add({.id = FindingId::kReadOfUnwritten});
  if (!fault.accessed.unwritten || beyond > 1) findings.add({.id = FindingId::kCallTooLong, .size = beyond});
}

void find_trapped(const core::Fault& fault, Findings& findings) {
  if (find_blame(fault, findings)) return;
  const std::int64_t offset = fault_offset(fault);
  if (!fault.block.sealed || offset < 0) return;
  if (is_of_call(fault) && fault.accessed.address != fault.address) return find_long_call(fault, findings);
  const std::uint64_t beyond = static_cast<std::uint64_t>(offset) - fault.block.requested;
  if (static_cast<std::int64_t>(beyond) < 0) return;
  if (beyond == 0) {
    findings.add({.id = FindingId::kAccessAtEnd});
  } else {
    findings.add({.id = FindingId::kAccessBeyondEnd, .size = beyond});
  }
}

}  // namespace

void find_in_overflow(const Report& report, Findings& findings) noexcept {
  const core::Fault& fault = report.fault;
  if (is_trapped(fault)) return find_trapped(fault, findings);
  if (!fault.damage.present()) return;
  const DamageView view(fault.damage);
  const auto gap =
      static_cast<std::int64_t>(static_cast<std::uint64_t>(fault.damage.offset) - fault.block.requested);
  const bool trusted = fault.block.sealed;
  const std::uint64_t length = fault.damage.length;
  const bool blamed = find_blame(fault, findings);
  if (trusted && !blamed && gap > 0) find_gap(fault, static_cast<std::uint64_t>(gap), findings);
  if (trusted && gap == 0 && view.complete()) {
    if (length == 1) return findings.add(off_by_one(fault, view.bytes().front()));
    const bool divides = is_element_size(length) && fault.block.requested % length == 0;
    const bool array = divides && fault.block.requested != 0;
    if (array && !reads_as_text(view.bytes())) find_element(fault, view, findings);
  }
  find_in_bytes(report, findings);
  if (fault.damage.at_least && !fault.neighbour.present()) findings.add({.id = FindingId::kMayGoOn});
}

void find_in_underflow(const Report& report, Findings& findings) noexcept {
  const core::Fault& fault = report.fault;
  if (is_trapped(fault)) return find_trapped(fault, findings);
  if (!fault.damage.present()) return;
  const auto distance = 0 - static_cast<std::uint64_t>(fault.damage.offset);
  if (distance >= fault.damage.length) {
    const bool ends_at_start = distance == fault.damage.length;
    findings.add({.id = ends_at_start ? FindingId::kEndsAtStart : FindingId::kFarBefore});
  }
  const bool complete = DamageView(fault.damage).complete();
  for (const std::uint64_t size : {8U, 4U}) {
    if (!complete || fault.damage.length != size || distance % size != 0) continue;
    findings.add({.id = FindingId::kIndexBeforeStart, .size = size, .index = distance / size});
  }
  find_in_bytes(report, findings);
}

}  // namespace padlock::report
