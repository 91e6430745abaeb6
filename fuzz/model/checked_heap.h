// The heap under test behind the model: every call is made, its result and its faults are held against what
// the model expects, and every rule is verified after it.
#pragma once

#include <cstdint>
#include <vector>

#include "model/book.h"
#include "model/judge.h"
#include "model/layout.h"
#include "model/ledger.h"
#include "model/mirror.h"
#include "model/rules.h"
#include "model/stage.h"
#include "model/transcript.h"

namespace padlock::fuzz {

class CheckedHeap {
 public:
  /// Every call is written to `transcript`, if there is one, before it is made.
  explicit CheckedHeap(const Setup& setup, Transcript* transcript = nullptr);

  /// Null if the heap had nothing. The block's contents are set by fill().
  void* allocate(const core::AllocRequest& request);
  /// Any pointer; a live block's is freed, any other must be reported as what it is.
  void deallocate(std::uintptr_t address, const core::FreeRequest& request);
  /// The live block's user pointer afterwards: the same if it could be resized in place.
  core::ResizeOutcome resize(std::uintptr_t address, const core::AllocRequest& request);
  void* reallocate(std::uintptr_t address, const core::AllocRequest& request);
  void usable_size(std::uintptr_t address);
  void find_block(std::uintptr_t address);
  void flush();
  std::size_t coalesce(std::size_t max_blocks);
  void check(core::Moment moment);
  /// Flush and merge everything: no pending block is left, and where nothing is live there is one free block.
  void drain();
  /// What is free at the tops of regions, whose owner does with it as `value` says (GivenUp).
  void give_up(int value);
  /// What free blocks hold in whole chunks.
  void give_up_insides();
  bool add_region(std::size_t bytes);

  /// Writes into a live block.
  void fill(std::uintptr_t user, std::uint8_t seed);
  /// Writes bytes that belong to the heap; from now on the heap may look anywhere.
  void damage(std::uintptr_t begin, std::uintptr_t end, std::uint8_t value);
  /// A checksum of 32 bits lets one change in 2^32 pass, and proves a wrong header as often as it is asked:
  /// takes a change to the header of `block` back where that happened.
  void undo_lucky(const core::BlockSnapshot& block);

  [[nodiscard]] const Layout& layout() const noexcept { return layout_; }
  [[nodiscard]] const Book& book() const noexcept { return book_; }
  [[nodiscard]] const Ledger& ledger() const noexcept { return ledger_; }
  [[nodiscard]] const Stage& stage() const noexcept { return stage_; }
  [[nodiscard]] Oracle oracle() const noexcept { return {layout_, book_, ledger_, recall_}; }

 private:
  [[nodiscard]] Judge judge(const FaultLog& log) const {
    return {stage_.heap(), layout_, book_, ledger_, recall_, log.faults};
  }
  [[nodiscard]] View view() const noexcept { return {stage_, layout_, book_, ledger_, mirror_}; }
  [[nodiscard]] LiveBlock* live_at(std::uintptr_t address);
  [[nodiscard]] bool in_a_region(std::uintptr_t address) const { return !stage_.region_of(address).empty(); }

  // What the model makes of a call
  enum class Settling : std::uint8_t { kNothing, kRetired, kFlushed };
  void settle(const Judge& judged, Settling settling = Settling::kNothing);
  /// The layout after the call, once a call.
  void take_layout();
  void verify_condemned(const std::vector<core::Fault>& reported) const;
  void verify_no_damage_merged() const;
  bool expect_sound_header(Judge& judged, LiveBlock& live, core::Moment moment);
  void expect_and_heal(Judge& judged, const core::Fault& fault);
  void update_quarantine(Settling settling, bool clean);
  void update_idle_headers();
  void note_changes();
  void remember_given_up(std::span<const std::byte> memory);
  void forget_given_up(std::span<const std::byte> memory);
  LiveBlock& adopt(std::uintptr_t user, const core::AllocRequest& request);
  void enter_quarantine(const Quarantined& block);
  void release(LiveBlock& live, const core::Caller& by);
  void resized(LiveBlock& live, const core::AllocRequest& request, bool clean);
  void expect_late(Judge& judged, std::initializer_list<core::Moment> moments);
  void heal(const core::Fault& fault);
  void mend(LiveBlock& live);
  [[nodiscard]] core::ResizeOutcome judge_resize(Judge& judged, std::uintptr_t address,
                                                 const core::AllocRequest& request);
  void expect_mismatch(Judge& judged, const LiveBlock& live, const core::FreeRequest& request) const;
  [[nodiscard]] bool must_stay(const LiveBlock& live, std::size_t size) const;
  [[nodiscard]] std::uint64_t next_number(const core::Caller& by);

  void tell_faults(const FaultLog& log) const;
  void conceal_all_but(std::uintptr_t exposed);
  void expose(LiveBlock& live);

  Setup setup_;
  Transcript* transcript_;
  Stage stage_;
  Layout layout_;         // the current one
  Layout layout_before_;  // its memory is used again
  bool layout_taken_ = false;
  Book book_;
  Ledger ledger_;
  std::uint64_t seen_version_ = 0;  // of the ledger
  Mirror mirror_;
  std::size_t until_all_ = 0;            // calls to go until everything is looked at once more
  std::vector<std::uintptr_t> visible_;  // user pointers of live blocks whose contents are not hidden
  Recall recall_;
  Layout previous_;                    // as of before the call
  std::vector<Quarantined> entering_;  // what this call has retired past the quarantine
  std::vector<core::Fault> told_;      // damage that this call was about, reported and repaired
  bool undamaged_ = true;              // nothing was ever changed behind the heap's back
};

}  // namespace padlock::fuzz
