// From DWARF call-frame information to an unwind rule: pure, over byte spans, so that it can be fuzzed.
#pragma once

#include <cstdint>
#include <span>

#include "trace/unwind_rule.h"

namespace padlock::trace {

/// One function's call-frame information as .eh_frame has it, each entry without its length word.
struct FrameDescription {
  std::span<const std::uint8_t> cie;  // from the zero identifier on
  std::span<const std::uint8_t> fde;  // from the CIE pointer on
  std::uintptr_t function = 0;        // first address that the FDE covers
};

/// The rule at the instruction that holds the byte `address`; for a return address that is pc - 1. Runs
/// the call-frame programs once, reads nothing outside the spans; malformed input gives a hard rule.
/// Source: DWARF 5 section 6.4, and the Linux Standard Base for the .eh_frame format.
UnwindRule compute_rule(const FrameDescription& description, std::uintptr_t address) noexcept;

}  // namespace padlock::trace
