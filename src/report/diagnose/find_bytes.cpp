// What overwriting bytes look like, wherever they were written.
#include <algorithm>

#include "report/diagnose/damage_view.h"
#include "report/diagnose/parts.h"
#include "report/fault_parts.h"

namespace padlock::report {
namespace {

using Bytes = std::span<const std::uint8_t>;

constexpr std::size_t kMinRun = 4;  // shorter runs of text or of one value happen by chance

bool points_to_block(const Report& report) {
  return report.pointee.value != 0 && report.pointee.block.present();
}

Bytes without_trailing_nuls(Bytes bytes) {
  while (!bytes.empty() && bytes.back() == 0) bytes = bytes.first(bytes.size() - 1);
  return bytes;
}

// The dump shows how a text goes on where it is not proven that it was written: behind what is proven, or
// before.
bool find_text_beyond(Bytes proven, Bytes all, Findings& findings) {
  const auto before = static_cast<std::size_t>(proven.data() - all.data());
  const auto stop = std::ranges::find_if_not(all.subspan(before), is_printable);
  const auto start =
      std::find_if_not(all.rend() - static_cast<std::ptrdiff_t>(before), all.rend(), is_printable);
  const Bytes text(start.base(), stop);
  if (text.size() <= proven.size() || text.size() < kMinRun) return false;
  findings.add({.id = FindingId::kTextBeyond, .text = Excerpt::of(text)});
  return true;
}

void find_text(Bytes bytes, Bytes beyond, Findings& findings) {
  const bool goes_on = !bytes.empty() && std::ranges::all_of(bytes, is_printable);
  if (goes_on && find_text_beyond(bytes, beyond, findings)) return;
  const Bytes text = without_trailing_nuls(bytes);
  const auto stop = std::ranges::find_if_not(text, is_printable);
  const auto printable = static_cast<std::size_t>(stop - text.begin());
  const bool whole = printable == text.size();
  if (printable < (whole ? 2 : kMinRun)) return;
  const bool terminated = text.size() < bytes.size();
  const FindingId id = !whole ? FindingId::kTextFirst : terminated ? FindingId::kString : FindingId::kText;
  findings.add({.id = id, .text = Excerpt::of(text.first(printable))});
}

// The low bytes of a pointer that is known as one may be printable too.
bool are_those_of_pointer(Bytes bytes, const Report& report) {
  const auto stop = std::ranges::find_if_not(bytes, is_printable);
  const auto printable = static_cast<std::size_t>(stop - bytes.begin());
  return points_to_block(report) && printable < sizeof report.pointee.value;
}

// A value that repeats says more than the text it reads as.
bool find_fill(const core::Fault& fault, Bytes bytes, Findings& findings) {
  if (bytes.size() < kMinRun) return false;
  if (std::ranges::adjacent_find(bytes, std::ranges::not_equal_to()) != bytes.end()) return false;
  const bool freed = fault.kind == core::FaultKind::kUseAfterFreeWrite;
  if (bytes.front() == 0 && bytes.size() <= sizeof(void*)) {
    findings.add({.id = FindingId::kZeroWord});
  } else {
    findings.add({.id = freed ? FindingId::kFillOfFreed : FindingId::kFill, .value = bytes.front()});
  }
  return true;
}

}  // namespace

void find_in_bytes(const Report& report, Findings& findings) noexcept {
  const DamageView view(report.fault.damage);
  if (report.fault.damage.apart) {
    findings.add({.id = FindingId::kSeveralPlaces});
  } else if (!find_fill(report.fault, view.bytes(), findings) &&
             !are_those_of_pointer(view.bytes(), report)) {
    find_text(view.bytes(), view.bytes_and_beyond(), findings);
  }
  if (points_to_block(report)) findings.add({.id = FindingId::kPointer});
}

}  // namespace padlock::report
