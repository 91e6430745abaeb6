// Going on after damage: everything that one write damaged is repaired when it is reported, so that it is
// reported once. Idle memory that was written to is put aside for good.
//
// What is broken, and how, the examiner says (core/examine/examiner.h); blocks are handed out and taken back
// by the heap.
#pragma once

#include "core/examine/examiner.h"

namespace padlock::core {

class Mender {
 public:
  explicit Mender(HeapState& state) noexcept : state_(state), examiner_(state) {}

  /// Reports damage found while at work on `at`, which is left to the caller; repairs what else was hit.
  void report(const Fault& fault, const Block& at, FaultSink& faults) noexcept;
  /// Gives a block in the program's hands a header again: the one it had, where that can be proven, otherwise
  /// one that says as much as its length and its padding do. Allocation number 0 marks the latter.
  void mend(const Block& block) noexcept;
  /// Puts a damaged idle block, which no list holds any more, aside: never handed out and never reported
  /// again.
  void condemn(const Block& block) noexcept;
  /// Something in the lists does not verify (`damaged`, unless null): reports and condemns every such block
  /// and lists the others anew. All links stay as they are until the last block has been looked at. Where the
  /// lists' beginnings were overwritten they are made anew, and no block is blamed.
  void drop_damaged(const BlockHeader* damaged, Moment moment, FaultSink& faults) noexcept;

 private:
  [[nodiscard]] bool report_and_repair(const Fault& fault, const Block& at, FaultSink& faults) noexcept;
  [[nodiscard]] bool repair_hit(const Block& block, std::uintptr_t damage_end) noexcept;
  [[nodiscard]] const FreeIndex* headless() const noexcept;
  void rebuild_indices() noexcept;

  HeapState& state_;
  Examiner examiner_;
};

/// Clears the ghosts whose headers reach into granules [begin, end) of a region; what remains of them outside
/// is poisoned.
void drop_ghosts(Region& region, std::uint32_t begin, std::uint32_t end, const Poison& poison) noexcept;

}  // namespace padlock::core
