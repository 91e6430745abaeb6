// Fills a diagnosis: findings, suspect and advice, each made by a file of its own.
#include "report/diagnose/diagnose.h"

#include "report/diagnose/damage_view.h"
#include "report/diagnose/kinds.h"
#include "report/diagnose/parts.h"

namespace padlock::report {

void find_nothing(const Report& /*report*/, Findings& /*findings*/) noexcept {}

std::uintptr_t pointer_candidate(const core::Fault& fault) noexcept {
  const std::uintptr_t word = fault.damage.address & ~std::uintptr_t{7};
  return DamageView(fault.damage).found_word(word, 8).value_or(0);
}

Diagnosis diagnose(const Report& report) noexcept {
  Diagnosis diagnosis;
  diagnosis.location = locate(report.fault);
  kind_of_report(report.fault.kind).find(report, diagnosis.findings);
  find_earlier(report, diagnosis.findings);
  diagnosis.suspect = suspect_of(report.fault);
  diagnosis.stacks = stacks_of(report);
  diagnosis.since = damaged_since(report);
  diagnosis.advice = advise(report);
  return diagnosis;
}

}  // namespace padlock::report
