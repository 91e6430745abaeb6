// A guarded block as it is known out of band.
//
//   | guard | closed ... | slack | user data | slack | guard |
//   ^ slot               ^ data_begin                ^ data_end
//
// Either the user data ends at data_end, but for what alignment leaves over, or it begins at data_begin.
// Slack is filled with the block's canary. Nothing of Padlock's lies in between.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

#include "base/range.h"
#include "base/versioned.h"
#include "core/fault.h"

namespace padlock::runtime {

enum class GuardedPlace : std::uint8_t {
  kUnused,
  kOpen,    // the program's
  kClosed,  // freed: all of it is inaccessible, or about to be
};

/// Which end of the data lies at the end of accessible memory.
enum class GuardedSide : std::uint8_t { kBack, kFront };

struct GuardedBlock {
  core::BlockSnapshot block;  // its "header" is an address that nothing lies at
  AddressRange data;          // the pages that are open while it is live
  std::uint64_t canary = 0;   // eight bytes, of which the one at address a is byte a mod 8
  GuardedPlace place = GuardedPlace::kUnused;
  std::uint8_t unused[7] = {};

  [[nodiscard]] bool present() const noexcept { return place != GuardedPlace::kUnused; }
  [[nodiscard]] bool live() const noexcept { return place == GuardedPlace::kOpen; }
};

/// Zero-initialized memory is an unused one.
struct GuardedRecord {
  // For a first look: correct for everybody who may access a block. Nothing is requested where none is live.
  std::atomic<std::uintptr_t> user;
  std::atomic<std::uint64_t> requested;
  Versioned<GuardedBlock> known;
  std::uint32_t newer;          // of the freed ones: the one freed next, counted from 1; 0: none
  std::atomic<bool> disturbed;  // a guard page was opened after a fault
  std::uint8_t maps;            // of the kernel's, that the slot counts as beside markers
};

inline void write_record(GuardedRecord& record, const GuardedBlock& block) noexcept {
  record.user.store(block.block.user, std::memory_order_relaxed);
  record.requested.store(block.live() ? block.block.requested : 0, std::memory_order_relaxed);
  record.known.write(block);
}

/// How a block of some size and alignment lies in `pages` that begin at `begin`.
struct GuardedLayout {
  std::uintptr_t user = 0;
  AddressRange data;
};

/// Bytes of whole pages that such a block needs room in: those that it lies in, and, for an alignment beyond
/// a page, those that may have to stay closed before them.
std::size_t guarded_room_size(std::size_t size, std::size_t alignment, std::size_t page) noexcept;
/// `room`: whole pages, enough of them. `alignment`: a power of two, or 0. The block is aligned to a granule
/// as well, but with `exact`, where the data ends at a page's end if `alignment` allows that.
GuardedLayout lay_out_guarded(AddressRange room, std::size_t size, std::size_t alignment, GuardedSide side,
                              bool exact) noexcept;

/// Fills the slack on both sides.
void lock_slack(const GuardedBlock& block) noexcept;
/// How many faults the slack shows.
std::size_t verify_slack(const GuardedBlock& block, core::Moment moment, core::FaultSink& faults) noexcept;

}  // namespace padlock::runtime
