// What is known of each kind of fault before one has happened. fault_table.def is the table.
#pragma once

#include <array>
#include <cstdint>

#include "core/fault.h"

namespace padlock::core {

/// When a fault of a kind is found, unless the hardware traps it.
enum class Discovery : std::uint8_t {
  kAtOnce,  // by the call that commits it
  kLate,    // by the damage that it left
};

/// How often the same fault is found, and so how often it is worth a report.
enum class Recurrence : std::uint8_t {
  kEachTime,       // each is an event of its own
  kOncePerBlock,   // every look at the block finds it again
  kOncePerCaller,  // the same call commits it again and again
};

struct KindFacts {
  const char* name = "unknown";
  Discovery discovery = Discovery::kAtOnce;
  Recurrence recurrence = Recurrence::kEachTime;
};

/// Those of "unknown" where `kind` is no enumerator.
const KindFacts& facts_of(FaultKind kind) noexcept;

/// The damage was seen being done: the stack at hand is that of the write.
inline bool is_seen_write(const Fault& fault) noexcept {
  return fault.moment == Moment::kWrite || fault.moment == Moment::kKernelWrite;
}

/// The fault left damage that Padlock found later; the stack at hand is not that of the write.
bool is_found_late(const Fault& fault) noexcept;

/// The block had the place of the damage before that was done, which was so after its allocation. Of one that
/// is merely the nearest nothing follows.
inline bool is_since_block(const Fault& fault) noexcept {
  return fault.block.sealed && fault.blame != Blame::kNearest;
}

/// Every kind but kNone.
inline constexpr std::array kFaultKinds = {
#define PADLOCK_FAULT_KIND(kind, ...) FaultKind::kind,
#include "core/fault_table.def"
};

}  // namespace padlock::core
