// What a report says beyond the facts that were gathered, as data: where in the block the fault lies, what
// its cause may be, which stacks belong to it, what to do next. No words: those are the renderers'
// (renderer.h).
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/fault.h"
#include "report/finding.h"
#include "report/fixed_list.h"

namespace padlock::report {

/// Where the damage, the trapped access or the bad pointer lies; or the word that a value was read from.
struct Location {
  enum class Of : std::uint8_t { kNothing, kDamage, kAccess, kPointer, kSource };
  enum class Place : std::uint8_t {
    kUnknown,  // the block's size is not, or there is no block
    kBefore,
    kRightBefore,
    kInside,
    kRightAfter,
    kAfter,   // by `distance`
    kHeader,  // the block's own
  };

  Of of = Of::kNothing;
  Place place = Place::kUnknown;
  std::optional<std::int64_t> offset = {};  // bytes from the block's first
  std::uint64_t distance = 0;               // bytes between the block's end and it

  friend bool operator==(const Location&, const Location&) = default;
};

/// Whose write it probably was, where a header was overwritten.
struct Suspect {
  enum class Proof : std::uint8_t {
    kNone,
    kOverran,  // its padding is damaged up to the header
    kNearby,   // it lies before the header, and looks intact
  };

  Proof proof = Proof::kNone;
  core::BlockSnapshot writer = {};
  core::BlockSnapshot hit = {};  // whose header was overwritten

  friend bool operator==(const Suspect&, const Suspect&) = default;
};

/// What a stack of the report is.
enum class StackRole : std::uint8_t {
  // The one that found the fault.
  kTrapped,      // made the access
  kWrote,        // did the damage
  kUsed,         // used a value that it should not have read
  kFoundDamage,  // was under way when Padlock looked
  kPassed,       // passed the pointer
  kFreedAgain,
  kRequested,
  kCalled,
  // Those of the blocks.
  kAllocated,
  kFreed,
  kFirstFreed,
  kBlockBefore,  // allocated the block before it
  kBlockBehind,
  kPointee,  // allocated the block that overwriting bytes point to
};

/// When the damage was done: after this many allocations.
struct Since {
  enum class What : std::uint8_t { kNotDamage, kUnknown, kOwnAllocation, kLastVerified };

  What what = What::kNotDamage;
  std::uint64_t number = 0;

  friend bool operator==(const Since&, const Since&) = default;
};

enum class Advice : std::uint8_t {
  kNone,
#define PADLOCK_ADVICE(id, name, words) id,
#include "report/advice.def"
};

struct Diagnosis {
  Location location;
  FixedList<Finding, 8> findings;  // most telling first
  Suspect suspect;
  FixedList<StackRole, 5> stacks;  // in the order in which they explain the fault
  Since since;
  FixedList<Advice, 8> advice;

  friend bool operator==(const Diagnosis&, const Diagnosis&) = default;
};

using Findings = decltype(Diagnosis::findings);
using StackRoles = decltype(Diagnosis::stacks);
using AdviceList = decltype(Diagnosis::advice);

}  // namespace padlock::report
