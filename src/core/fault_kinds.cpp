// Looks up what fault_table.def says, and holds the table to what its readers take for granted.
#include "core/fault_kinds.h"

#include <algorithm>
#include <string_view>

namespace padlock::core {
namespace {

struct Row {
  FaultKind kind;
  KindFacts facts;
};

constexpr Row kRows[] = {
    {FaultKind::kNone, {"none", Discovery::kAtOnce, Recurrence::kEachTime}},
#define PADLOCK_FAULT_KIND(kind, name, discovery, recurrence, ...) \
  {FaultKind::kind, {name, Discovery::discovery, Recurrence::recurrence}},
#include "core/fault_table.def"
};

constexpr KindFacts kUnknown;

// Suppressions, scripts and file names hold the names.
constexpr bool is_well_formed(std::string_view name) {
  return !name.empty() && std::ranges::all_of(name, [](char letter) {
    return letter == '-' || (letter >= 'a' && letter <= 'z');
  });
}

constexpr bool are_names_good() {
  for (const Row& row : kRows) {
    const std::string_view name = row.facts.name;
    const auto has_it = [name](const Row& other) { return other.facts.name == name; };
    if (!is_well_formed(name) || std::ranges::count_if(kRows, has_it) != 1) return false;
  }
  return true;
}
static_assert(are_names_good(), "a name in fault_table.def is there twice, or not in lower case with dashes");

}  // namespace

const KindFacts& facts_of(FaultKind kind) noexcept {
  const auto* const row = std::ranges::find(kRows, kind, &Row::kind);
  return row == std::end(kRows) ? kUnknown : row->facts;
}

const char* to_string(FaultKind kind) noexcept { return facts_of(kind).name; }

bool is_found_late(const Fault& fault) noexcept {
  return fault.moment != Moment::kAccess && !is_seen_write(fault) &&
         facts_of(fault.kind).discovery == Discovery::kLate;
}

}  // namespace padlock::core
