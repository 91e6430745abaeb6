// What overwriting bytes look like, wherever they were written.
#include <algorithm>

#include "report/damage_view.h"
#include "report/findings.h"
#include "report/words.h"

namespace padlock::report {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kMinRun = 4;  // shorter runs of text or of one value happen by chance

Bytes without_trailing_nuls(Bytes bytes) {
  while (!bytes.empty() && bytes.back() == 0) bytes = bytes.first(bytes.size() - 1);
  return bytes;
}

void find_text(Bytes bytes, LineList& findings) {
  const Bytes text = without_trailing_nuls(bytes);
  const auto stop = std::ranges::find_if_not(text, is_printable);
  const auto printable = static_cast<std::size_t>(stop - text.begin());
  const bool whole = printable == text.size();
  if (printable < (whole ? 2 : kMinRun)) return;
  TextWriter line = findings.add();
  line.append(whole ? "The overwriting bytes read " : "The overwriting bytes begin with the text ");
  quoted(line, text.first(printable));
  if (whole && text.size() < bytes.size()) line.append(" and a NUL: a string longer than the room for it");
  line.append('.');
}

// A value that repeats says more than the text it reads as.
bool find_fill(const core::Fault& fault, Bytes bytes, LineList& findings) {
  if (bytes.size() < kMinRun) return false;
  if (std::ranges::adjacent_find(bytes, std::ranges::not_equal_to()) != bytes.end()) return false;
  const bool word = bytes.size() <= sizeof(void*);
  const bool freed = fault.kind == core::FaultKind::kUseAfterFreeWrite;
  TextWriter line = findings.add();
  line.append("All of them are 0x").hex(bytes.front(), 2);
  if (bytes.front() == 0 && word) {
    line.append(": a null pointer, a zero or the end of a memset.");
    return true;
  }
  if (is_printable(bytes.front())) {
    line.append(" (");
    quoted(line, bytes.first(1));
    line.append(')');
  }
  line.append(freed ? ": a memset or a fill loop."
                    : ": a memset or a fill loop with a wrong length or start.");
  return true;
}

void find_pointer(const Report& report, LineList& findings) {
  const Pointee& pointee = report.pointee;
  if (pointee.value == 0 || !pointee.block.present()) return;
  TextWriter line = findings.add();
  line.append("The bytes hold ").address(pointee.value).append(", which looks like a pointer ");
  if (pointee.block.user == report.fault.block.user) {
    line.append("into this very block");
  } else {
    line.append("to ");
    block_words(line, pointee.block);
    line.append(" at ").address(pointee.block.user);
  }
  const auto offset = static_cast<std::int64_t>(pointee.value - pointee.block.user);
  line.append(" (offset ").signed_decimal(offset);
  if (pointee.block.sealed) {
    line.append(", ").append(state_name(pointee.block.state));
    line.append(", allocation #").decimal(pointee.block.number);
  }
  line.append("): what was written is a link or a member that points there.");
}

}  // namespace

void find_in_bytes(const Report& report, LineList& findings) noexcept {
  const Bytes bytes = DamageView(report.fault.damage).bytes();
  if (!find_fill(report.fault, bytes, findings)) find_text(bytes, findings);
  find_pointer(report, findings);
}

}  // namespace padlock::report
