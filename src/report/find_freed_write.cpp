// Writes into freed memory.
#include <algorithm>
#include <bit>

#include "report/damage_view.h"
#include "report/findings.h"
#include "report/words.h"

namespace padlock::report {
namespace {

// A counter or a flag changes one word; what else was in it (the poison) stays.
bool find_counter(const core::Fault& fault, const DamageView& view, LineList& findings) {
  for (const std::size_t size : {std::size_t{8}, std::size_t{4}}) {
    const std::uintptr_t word = fault.damage.address & ~std::uintptr_t{size - 1};
    const auto found = view.found_word(word, size);
    const auto expected = view.expected_word(word, size);
    if (!found || !expected || fault.damage.length > size - (fault.damage.address - word)) continue;
    const std::uint64_t mask = size == 8 ? ~std::uint64_t{0} : 0xFFFFFFFFU;
    const std::uint64_t change = (*found - *expected) & mask;
    const std::int64_t offset = fault.damage.offset - static_cast<std::int64_t>(fault.damage.address - word);
    if (change == mask || change == 1) {
      TextWriter line = findings.add();
      line.append("The value at offset ")
          .signed_decimal(offset)
          .append(change == 1 ? " was incremented" : " was decremented");
      line.append(" by one: a reference count or a counter, touched after the block was freed.");
      return true;
    }
  }
  return false;
}

bool find_bit(const core::Fault& fault, const DamageView& view, LineList& findings) {
  if (fault.damage.length != 1) return false;
  const auto found = view.found_word(fault.damage.address, 1);
  const auto expected = view.expected_word(fault.damage.address, 1);
  if (!found || !expected || !std::has_single_bit(*found ^ *expected)) return false;
  findings.add((*found & (*found ^ *expected)) != 0 ? "A single bit was set: a flag."
                                                    : "A single bit was cleared: a flag.");
  return true;
}

bool find_zero(const core::Fault& fault, const DamageView& view, LineList& findings) {
  const auto bytes = view.bytes();
  const std::uint64_t length = fault.damage.length;
  if (!view.complete() || (length != 1 && length != 2 && length != 4 && length != 8)) return false;
  if (!std::ranges::all_of(bytes, [](std::uint8_t byte) { return byte == 0; })) return false;
  TextWriter line = findings.add();
  line.append(length == 1 ? "1 byte was" : "A field of ");
  if (length != 1) line.decimal(length).append(" bytes was");
  line.append(" set to zero: a pointer, a counter or a flag cleared after the block was freed.");
  return true;
}

void find_whole(const core::Fault& fault, LineList& findings) {
  if (fault.damage.offset != 0 || !fault.block.sealed || fault.damage.length < fault.block.requested) return;
  findings.add(
      "The whole block was overwritten: it is still in use by somebody, as a buffer or as an object.");
}

// Of memory that was given back nothing is known but the freed blocks before it. No block is half as long
// again as was asked for, and then some.
void find_unknown_block(const core::Fault& fault, LineList& findings) {
  constexpr std::uint64_t kSomeBytes = 128;
  const std::uint64_t longest = fault.block.requested + fault.block.requested / 2 + kSomeBytes;
  if (!fault.block.sealed || fault.damage.offset < static_cast<std::int64_t>(longest)) return;
  findings.add(
      "The write hit a block further on that was freed long ago and is no longer known. With "
      "give_back_after=0 "
      "freed blocks are remembered for longer.");
}

}  // namespace

void find_in_freed_write(const Report& report, LineList& findings) noexcept {
  const core::Fault& fault = report.fault;
  if (is_trapped(fault) || !fault.damage.present()) return;
  const DamageView view(fault.damage);
  find_whole(fault, findings);
  find_unknown_block(fault, findings);
  if (find_counter(fault, view, findings) || find_bit(fault, view, findings)) return;
  if (find_zero(fault, view, findings)) return;
  find_in_bytes(report, findings);
}

}  // namespace padlock::report
