// Small questions to a fault that diagnosis and renderers share.
#pragma once

#include <cstdint>

#include "core/fault.h"

namespace padlock::report {

/// Offset from the user pointer of the damage, or of the word that a value was read from; otherwise of the
/// pointer or trapped address.
inline std::int64_t fault_offset(const core::Fault& fault) noexcept {
  if (fault.read.present()) return static_cast<std::int64_t>(fault.read.source - fault.block.user);
  if (fault.damage.present()) return fault.damage.offset;
  return static_cast<std::int64_t>(fault.address - fault.block.user);
}

/// Found by a check of the whole heap, not by a call of the program's.
inline bool is_of_whole_heap(core::Moment moment) noexcept {
  return moment == core::Moment::kCheck || moment == core::Moment::kExit || moment == core::Moment::kEnd;
}

/// The access itself was stopped, by the hardware or in front of a function of libc.
inline bool is_trapped(const core::Fault& fault) noexcept { return fault.moment == core::Moment::kAccess; }

/// The access is a call to a function of libc, stopped before it made it: `accessed` is what the call passed.
inline bool is_of_call(const core::Fault& fault) noexcept {
  return is_trapped(fault) && core::is_library_call(fault.call);
}

/// A size or a length that is a negative number to a program that takes it for a signed one.
inline bool is_negative(std::uint64_t size) noexcept { return static_cast<std::int64_t>(size) < 0; }

/// A byte of text: a character of ASCII, a newline or a tab.
inline bool is_printable(std::uint8_t byte) noexcept {
  return (byte >= 0x20 && byte < 0x7f) || byte == '\n' || byte == '\t';
}

}  // namespace padlock::report
