// Damaged headers, and calls that no heap can serve.
#include "report/diagnose/damage_view.h"
#include "report/diagnose/parts.h"
#include "report/fault_parts.h"

namespace padlock::report {
void find_in_corruption(const Report& report, Findings& findings) noexcept {
  if (report.fault.table == core::Table::kFollowed) return findings.add({.id = FindingId::kOwnPointer});
  if (is_trapped(report.fault)) {
    findings.add({.id = FindingId::kOwnMemory});
    if (report.fault.block.present()) findings.add({.id = FindingId::kOwnMemoryBlock});
    return;
  }
  if (report.fault.table == core::Table::kUnallocated) return find_in_bytes(report, findings);
  if (report.fault.table != core::Table::kNone) return findings.add({.id = FindingId::kOwnTable});
  if (is_one_bit(report.fault.damage)) return findings.add({.id = FindingId::kHeaderBitFlipped});
  findings.add({.id = FindingId::kHeaderOverwritten});
  find_in_bytes(report, findings);
}

void find_in_size(const Report& report, Findings& findings) noexcept {
  if (is_negative(report.fault.given)) findings.add({.id = FindingId::kNegativeSize});
}

void find_in_handler(const Report& /*report*/, Findings& findings) noexcept {
  findings.add({.id = FindingId::kCalledInHandler});
}

}  // namespace padlock::report
