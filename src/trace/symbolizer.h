// Names for addresses, from Boost.Stacktrace, asked in a forked child under a time limit: a symbolizer
// that hangs or crashes costs the names, never the report.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace padlock::trace {

/// One frame's names, NUL-terminated, cut where too long; empty where unknown.
struct Symbol {
  char function[256] = {};
  char file[256] = {};
  std::uint32_t line = 0;
};

/// Fills `symbols[i]` for `pcs[i]` (return addresses; the look-up is done for pc - 1). `enter_child` runs
/// first in the child: there the caller routes malloc to a private heap. Returns how many pcs got an answer
/// before `timeout_ms` ran out. Needs no malloc in the parent.
std::size_t symbolize(std::span<const std::uintptr_t> pcs, std::span<Symbol> symbols, void (*enter_child)(),
                      int timeout_ms) noexcept;

}  // namespace padlock::trace
