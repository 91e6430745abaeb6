// The calls that a program makes into the allocator, and the families of functions that blocks belong to.
#pragma once

#include <cstdint>

namespace padlock::core {

/// The allocation function family that a block came from or is being returned to.
enum class Origin : std::uint8_t { kMalloc, kNew, kNewArray, kAligned };
const char* to_string(Origin origin) noexcept;

/// What the program was doing when a fault was found: the function that it called, or what made Padlock look
/// without a call.
enum class Call : std::uint16_t {
  kNone,  // unknown
  kMalloc,
  kCalloc,
  kRealloc,
  kReallocarray,
  kAlignedAlloc,
  kMemalign,
  kPosixMemalign,
  kValloc,
  kPvalloc,
  kMallocUsableSize,
  kMallocTrim,
  kMlockall,
  kFree,
  kCfree,
  kFreeSized,
  kFreeAlignedSized,
  kNew,  // every form of it, as below
  kNewArray,
  kDelete,
  kDeleteArray,
  kHeapCheck,  // padlock_check_heap(), check_interval, a signal
  kExitCheck,  // at exit()
  kLastCheck,  // before the process ends in another way, or executes another program
  kThreadEnd,  // of a thread whose cache is emptied
  kPoison,     // of memory that an allocator on top of malloc has
  kUnpoison,
  kTrap,  // an access that the hardware trapped
// Functions of libc that access memory which the program passes.
#define PADLOCK_LIBRARY_CALL(call, ...) call,
#include "core/library_calls.def"
};
/// As a program spells it: "malloc", "operator delete[]"; in words what is no function: "heap check".
const char* to_string(Call call) noexcept;

/// The family of a function that allocates or releases.
constexpr Origin origin_of(Call call) noexcept {
  switch (call) {
    case Call::kNew:
    case Call::kDelete:
      return Origin::kNew;
    case Call::kNewArray:
    case Call::kDeleteArray:
      return Origin::kNewArray;
    case Call::kAlignedAlloc:
    case Call::kMemalign:
    case Call::kPosixMemalign:
    case Call::kValloc:
    case Call::kPvalloc:
      return Origin::kAligned;
    case Call::kNone:
    case Call::kMalloc:
    case Call::kCalloc:
    case Call::kRealloc:
    case Call::kReallocarray:
    case Call::kMallocUsableSize:
    case Call::kMallocTrim:
    case Call::kMlockall:
    case Call::kFree:
    case Call::kCfree:
    case Call::kFreeSized:
    case Call::kFreeAlignedSized:
    case Call::kHeapCheck:
    case Call::kExitCheck:
    case Call::kLastCheck:
    case Call::kThreadEnd:
    case Call::kPoison:
    case Call::kUnpoison:
    case Call::kTrap:
#define PADLOCK_LIBRARY_CALL(call, ...) case Call::call:
#include "core/library_calls.def"
      break;
  }
  return Origin::kMalloc;
}

/// One of library_calls.def.
constexpr bool is_library_call(Call call) noexcept { return call > Call::kTrap; }

}  // namespace padlock::core
