// Looks at a heap: which block is where, who holds it, whether it is sound, and from something broken to a
// Fault. It changes nothing and cannot: all that it reaches is const. What is done about a fault is the
// mender's affair (core/heap/mender.h).
//
// It trusts what is known out of band (bitmaps, counts, slots) and no byte of a region: a header is believed
// once its seal has been verified, a link only if it is returned. It reads nothing outside the regions.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/block/damage.h"
#include "core/block/header_repair.h"
#include "core/block/poison.h"
#include "core/config.h"
#include "core/examine/heap_state.h"
#include "core/fault.h"
#include "core/index/block.h"

namespace padlock::core {

class BlockVisitor {
 public:
  virtual void visit(const BlockSnapshot& block) = 0;

 protected:
  ~BlockVisitor() = default;
};

class Examiner {
 public:
  enum class Holder : std::uint8_t { kProgram, kQuarantine, kIndex, kNobody };

  explicit Examiner(const HeapState& state) noexcept : state_(state) {}

  // Looking up (examiner.cpp)

  [[nodiscard]] BlockSnapshot snapshot(BlockView block) const noexcept;
  /// The block of any state whose bytes (header to padding) hold `address`; absent if none does.
  [[nodiscard]] BlockSnapshot find_block(std::uintptr_t address) const noexcept;
  /// The same, but for memory of merged blocks the one that it belonged to last, as far as its header is
  /// there.
  [[nodiscard]] BlockSnapshot find_former(std::uintptr_t address) const noexcept;
  /// Which of the links that the blocks of the indices keep in their first 16 bytes `value` is, or lies near,
  /// at most `reach` away; of address 0 if there is none. Looks at every idle block.
  [[nodiscard]] Poison::Source find_link(std::uint64_t value, std::uint64_t reach) const noexcept;
  /// The last block at or before `address`, which a region holds, or the first one behind it, that was ever
  /// handed out; absent if none was.
  [[nodiscard]] BlockSnapshot nearest_before(std::uintptr_t address) const noexcept;
  [[nodiscard]] BlockSnapshot nearest_behind(std::uintptr_t address) const noexcept;
  /// Every block of every region, in address order within a region.
  void walk(BlockVisitor& visitor) const noexcept;
  /// Who has a block, by what is known without its header.
  [[nodiscard]] Holder holder_of(BlockView block) const noexcept;
  /// Whether a cache has it: it then counts as live, until its slot comes back.
  [[nodiscard]] bool is_lent(BlockView block) const noexcept;
  /// Whether the header and the links of a block in an index verify; a neighbour's may be damaged.
  [[nodiscard]] bool listed_soundly(BlockView block) const noexcept;
  /// Whether what granules [begin, end) of an unlisted block hold (and every ghost header) is untouched; and
  /// what else there is of a chunk that may be zero.
  [[nodiscard]] bool poison_holds(BlockView block, std::uint32_t begin, std::uint32_t end) const noexcept;
  /// What a header that does not verify said before.
  [[nodiscard]] HeaderRepair repair_of(BlockView block) const noexcept;

  // From something broken to a Fault

  /// `address` is not the start of a block that was ever handed out (examiner.cpp).
  [[nodiscard]] Fault bad_pointer(std::uintptr_t address, const FreeRequest& request) const noexcept;
  [[nodiscard]] Fault not_live(BlockView block, const FreeRequest& request) const noexcept;
  /// The header of a live block verifies, its padding does not (faults.cpp).
  [[nodiscard]] Fault damaged_padding(BlockView block, Moment moment) const noexcept;
  /// A header does not verify (header_faults.cpp).
  [[nodiscard]] Fault damaged_header(BlockView block, Moment moment) const noexcept;
  /// The header of an idle or quarantined block verifies, what the block holds does not (idle_faults.cpp).
  [[nodiscard]] Fault damaged_idle(BlockView block, Moment moment) const noexcept;

  /// Verifies every block and every index structure against docs/INVARIANTS.md and reports all it finds;
  /// Heap::check() (check.cpp).
  std::size_t check(Moment moment, FaultSink& faults, std::uint16_t first_thread) const noexcept;

 private:
  struct HeaderOverrun {
    std::size_t covered = 0;    // bytes, from the header's first, among which the damage lies
    std::uint64_t changed = 0;  // so many of them at least, where they need not be one run; 0: all of them
    bool proven = false;        // not further
    bool goes_on = false;       // its last byte has changed too
  };

  [[nodiscard]] HeaderOverrun overrun_into(BlockView after) const noexcept;
  [[nodiscard]] Damage damage_before_end(BlockView block) const noexcept;
  [[nodiscard]] bool is_blank(BlockView block) const noexcept;
  [[nodiscard]] Damage damage_behind_lost_header(BlockView block) const noexcept;
  [[nodiscard]] bool may_be_blank(BlockView block, const Damage& damage) const noexcept;
  [[nodiscard]] bool is_overrun(BlockView block) const noexcept;
  [[nodiscard]] bool was_there_before(BlockView after, const BlockSnapshot& block) const noexcept;
  void follow_run(BlockView block, Fault& fault) const noexcept;

  [[nodiscard]] Fault header_hit_by_own_block(BlockView block, Moment moment) const noexcept;
  [[nodiscard]] Fault overrun_of(BlockView block, Moment moment) const noexcept;
  [[nodiscard]] BlockSnapshot sound_before(BlockView block) const noexcept;
  void extend_underflow(BlockView before, Fault& fault) const noexcept;

  [[nodiscard]] std::uint32_t broken_ghost(const Region& region, std::uint32_t from,
                                           std::uint32_t end) const noexcept;
  [[nodiscard]] BlockSnapshot merged_at(BlockView block, std::uintptr_t address) const noexcept;
  [[nodiscard]] Fault damaged_ghost(BlockView block, Fault fault) const noexcept;
  [[nodiscard]] bool is_lost(BlockView block) const noexcept;
  void name_merged(BlockView block, Fault& fault) const noexcept;

  const HeapState& state_;
};

}  // namespace padlock::core
