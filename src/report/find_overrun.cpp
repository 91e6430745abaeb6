// Writes past the end and before the start of a block.
#include "report/damage_view.h"
#include "report/findings.h"
#include "report/words.h"

namespace padlock::report {
namespace {

bool is_element_size(std::uint64_t size) { return size == 2 || size == 4 || size == 8 || size == 16; }

// The bytes are all text: an integer that happens to be text is rarer than a string.
bool reads_as_text(std::span<const std::uint8_t> bytes) {
  for (const std::uint8_t byte : bytes) {
    if (!is_printable(byte)) return false;
  }
  return !bytes.empty();
}

void find_off_by_one(const core::Fault& fault, const DamageView& view, LineList& findings) {
  if (fault.block.requested == 0) {
    findings.add(
        "The block was asked for with size 0: it has room for nothing. Was the length computed as 0?");
    return;
  }
  const auto bytes = view.bytes();
  TextWriter line = findings.add();
  if (!bytes.empty() && bytes.front() == 0) {
    line.append("1 byte, NUL, right after the end: an unterminated-string off-by-one. ");
    line.append("The room for a string is strlen() + 1.");
    return;
  }
  line.append("1 byte right after the end");
  if (!bytes.empty()) {
    line.append(", ");
    if (is_printable(bytes.front())) {
      quoted(line, bytes);
    } else {
      line.append("0x").hex(bytes.front(), 2);
    }
  }
  line.append(": an off-by-one, such as '<=' for '<' in a loop or the length used as an index.");
}

void find_element(const core::Fault& fault, const DamageView& view, LineList& findings) {
  const std::uint64_t size = fault.damage.length;
  TextWriter line = findings.add();
  line.append("Exactly one ").decimal(size).append("-byte element past the end of an array of ");
  line.decimal(fault.block.requested / size).append(": an index or a loop that goes one too far.");
  if (const auto value = view.found_word(fault.damage.address, static_cast<std::size_t>(size))) {
    line.append(" The element's value is ").decimal(*value).append(" (").address(*value).append(").");
  }
}

void find_gap(const core::Fault& fault, std::uint64_t gap, LineList& findings) {
  TextWriter line = findings.add();
  line.append(gap == 1 ? "The byte" : "The ");
  if (gap != 1) line.decimal(gap).append(" bytes");
  line.append(gap == 1 ? " between the end and the damage is" : " between the end and the damage are");
  line.append(
      " untouched: not a copy that ran on but a write to a computed place: an index, a stride or a member "
      "of a larger struct.");
  const auto offset = static_cast<std::uint64_t>(fault.damage.offset);
  for (const std::uint64_t size : {8U, 4U}) {
    if (offset % size != 0 || fault.block.requested % size != 0 || fault.damage.length > size) continue;
    line.append(" As an array of ").decimal(size).append("-byte elements: index ").decimal(offset / size);
    line.append(" of ").decimal(fault.block.requested / size).append('.');
    return;
  }
}

void find_trapped(const core::Fault& fault, LineList& findings) {
  if (!fault.block.sealed) return;
  const std::int64_t offset = fault_offset(fault);
  if (offset < 0) return;
  const std::uint64_t beyond = static_cast<std::uint64_t>(offset) - fault.block.requested;
  if (static_cast<std::int64_t>(beyond) < 0) return;
  TextWriter line = findings.add();
  if (beyond == 0) {
    line.append("It begins exactly at the end: a loop, an index or a copy that goes at least one too far.");
  } else {
    line.append("It begins ");
    bytes_words(line, beyond);
    line.append(" after the end: an index, a stride or a copy length that is too large.");
  }
}

}  // namespace

void find_in_overflow(const Report& report, LineList& findings) noexcept {
  const core::Fault& fault = report.fault;
  if (is_trapped(fault)) return find_trapped(fault, findings);
  if (!fault.damage.present()) return;
  const DamageView view(fault.damage);
  const auto gap =
      static_cast<std::int64_t>(static_cast<std::uint64_t>(fault.damage.offset) - fault.block.requested);
  const bool trusted = fault.block.sealed;
  const std::uint64_t length = fault.damage.length;
  if (trusted && gap > 0) find_gap(fault, static_cast<std::uint64_t>(gap), findings);
  if (trusted && gap == 0 && view.complete()) {
    if (length == 1) return find_off_by_one(fault, view, findings);
    const bool divides = is_element_size(length) && fault.block.requested % length == 0;
    const bool array = divides && fault.block.requested != 0;
    if (array && !reads_as_text(view.bytes())) find_element(fault, view, findings);
  }
  find_in_bytes(report, findings);
}

void find_in_underflow(const Report& report, LineList& findings) noexcept {
  const core::Fault& fault = report.fault;
  if (is_trapped(fault) || !fault.damage.present()) return;
  const auto distance = 0 - static_cast<std::uint64_t>(fault.damage.offset);
  if (distance == fault.damage.length) {
    findings.add(
        "The damage ends right before the block's first byte: an index of -1, a loop that runs backwards too "
        "far, or a copy to a pointer that was moved back.");
  }
  for (const std::uint64_t size : {8U, 4U}) {
    if (!DamageView(fault.damage).complete() || fault.damage.length != size || distance % size != 0) continue;
    findings.add()
        .append("As an array of ")
        .decimal(size)
        .append("-byte elements: index -")
        .decimal(distance / size)
        .append('.');
  }
  find_in_bytes(report, findings);
}

}  // namespace padlock::report
