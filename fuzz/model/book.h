// What the model knows of the heap's blocks from the calls that were made, not from the heap.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "core/fault.h"

namespace padlock::fuzz {

struct LiveBlock {
  core::BlockSnapshot identity;
  std::uint64_t lock = 0;  // the eight bytes that its padding repeats, as they were when it was locked
  std::vector<std::uint8_t> contents;
  std::size_t hidden = 0;  // bytes of the contents that instrumented code must not touch
};

/// A header that still lies in idle memory: of an idle block, or of one that has been merged into another.
struct IdleHeader {
  core::BlockSnapshot identity;  // as it was freed; its extent and state may have changed since
  bool handed_out = false;       // the program once had its user pointer
};

struct Quarantined {
  std::uintptr_t header = 0;
  std::uint64_t bytes = 0;
};

struct Book {
  std::map<std::uintptr_t, LiveBlock> live;   // by user pointer
  std::map<std::uintptr_t, IdleHeader> idle;  // by header
  std::vector<Quarantined> quarantine;        // oldest first
  std::vector<std::uintptr_t> given_up;  // user pointers of freed blocks whose memory was, the latest last
  std::uint64_t last_number = 0;
  std::uint64_t live_bytes = 0;  // requested, as far as it is known of mended blocks

  /// `address` lies in the header of a block that has been merged into the idle block at `outer`.
  [[nodiscard]] const IdleHeader* merged_header_at(std::uintptr_t address, std::uintptr_t outer) const;
};

}  // namespace padlock::fuzz
