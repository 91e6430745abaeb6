// Values that were read from freed memory, or from memory that was never written.
#include "report/diagnose/parts.h"

namespace padlock::report {
namespace {

using Use = core::ReadValue::Use;

FindingId origin_of(const core::Fault& fault) {
  if (fault.read.gone) return FindingId::kReplacedValue;
  return fault.kind == core::FaultKind::kUninitialized ? FindingId::kUnsetValue : FindingId::kFreedValue;
}

void find_distance(const core::ReadValue& read, Findings& findings) {
  if (read.offset == 0 || read.use == Use::kSize) return;
  const auto distance = static_cast<std::uint64_t>(read.offset);
  const bool before = read.offset < 0;
  findings.add({.id = before ? FindingId::kBeforeValue : FindingId::kMemberOfValue,
                .size = before ? 0 - distance : distance,
                .value = read.value});
}

void find_use(const core::Fault& fault, Findings& findings) {
  switch (fault.read.use) {
    case Use::kTable:
      if (fault.block.present() && fault.read.source == fault.block.user) {
        findings.add({.id = FindingId::kVirtualCall});
      }
      return;
    case Use::kJump:
      return findings.add({.id = FindingId::kCallOfValue});
    case Use::kSize:
      return findings.add({.id = FindingId::kCountOfValue});
    case Use::kNone:
    case Use::kAccess:
    case Use::kIndex:
    case Use::kPointer:
      return;
  }
}

}  // namespace

void find_in_read_value(const Report& report, Findings& findings) noexcept {
  const core::Fault& fault = report.fault;
  if (!fault.read.present()) return;
  findings.add({.id = origin_of(fault)});
  find_distance(fault.read, findings);
  find_use(fault, findings);
}

}  // namespace padlock::report
