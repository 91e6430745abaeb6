// One search for leaked blocks: stops everything, marks what the roots lead to, and groups what is left.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "os/frozen_threads.h"
#include "report/leaks.h"
#include "runtime/calls/entry.h"
#include "runtime/leaks/own_list.h"

namespace padlock::runtime {

struct LeakSearch {
  /// Where the calling thread's stack begins that is not Padlock's, with all registers in it.
  std::uintptr_t stack_pointer = 0;
  /// Stacks whose blocks are in use, in ascending order.
  std::span<const std::uint32_t> exempt_traces;
  /// How threads may be stopped.
  os::Means means = os::Means::kTracing;
};

/// Null, with the leaks in the order of a report in `groups`; otherwise why it was not possible. The calling
/// thread is inside by its own `entry`, and holds no lock. Nothing is allocated; while other threads stand
/// still, nothing is asked of the system but memory and files of /proc.
const char* find_leaks(const Entry& entry, const LeakSearch& search,
                       OwnList<report::LeakGroup>& groups) noexcept;

}  // namespace padlock::runtime
