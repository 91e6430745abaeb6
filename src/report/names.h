// What a report concludes, by names for programs: machine-readable reports and tests. Lower case with
// hyphens; a name never changes and never means anything else. The words for people are the renderers'.
#pragma once

#include <string_view>

#include "report/diagnosis.h"

namespace padlock::report {

// Each is a string literal; "unknown" where the value is no enumerator.

/// "string-terminator": findings.def has them.
std::string_view name_of(FindingId id) noexcept;
/// "narrow-down": advice.def has them.
std::string_view name_of(Advice advice) noexcept;
/// "damage", "access", "pointer", "source"; "nothing".
std::string_view name_of(Location::Of of) noexcept;
/// "right-after"; "unknown" for kUnknown too.
std::string_view name_of(Location::Place place) noexcept;
/// "overran", "nearby"; "none".
std::string_view name_of(Suspect::Proof proof) noexcept;
/// "first-freed".
std::string_view name_of(StackRole role) noexcept;
/// "last-verified"; "not-damage", "unknown".
std::string_view name_of(Since::What what) noexcept;

}  // namespace padlock::report
