// Damaged headers, and calls that no heap can serve.
#include <bit>

#include "report/diagnose/damage_view.h"
#include "report/diagnose/parts.h"
#include "report/fault_parts.h"

namespace padlock::report {
namespace {

// One bit: no store of a program that writes elsewhere by mistake is likely to leave it at that.
bool is_bit_flipped(const core::Fault& fault) {
  if (fault.damage.length != 1 || fault.damage.somewhere || fault.damage.at_least) return false;
  const DamageView view(fault.damage);
  const auto found = view.found_word(fault.damage.address, 1);
  const auto expected = view.expected_word(fault.damage.address, 1);
  return found && expected && std::has_single_bit(*found ^ *expected);
}

}  // namespace

void find_in_corruption(const Report& report, Findings& findings) noexcept {
  if (is_trapped(report.fault)) {
    findings.add({.id = FindingId::kOwnMemory});
    if (report.fault.block.present()) findings.add({.id = FindingId::kOwnMemoryBlock});
    return;
  }
  if (report.fault.table == core::Table::kUnallocated) return find_in_bytes(report, findings);
  if (report.fault.table != core::Table::kNone) return findings.add({.id = FindingId::kOwnTable});
  if (is_bit_flipped(report.fault)) return findings.add({.id = FindingId::kHeaderBitFlipped});
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
