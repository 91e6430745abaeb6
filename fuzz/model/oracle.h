// What a fault must say, worked out from the layout, the book and the ledger alone: the detection contract
// as code, in terms of bytes that have changed rather than of seals that do not verify.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "core/fault.h"
#include "model/book.h"
#include "model/layout.h"
#include "model/ledger.h"
#include "model/recall.h"

namespace padlock::fuzz {

class Oracle {
 public:
  Oracle(const Layout& layout, const Book& book, const Ledger& ledger, const Recall& recall) noexcept
      : layout_(layout), book_(book), ledger_(ledger), recall_(recall) {}

  [[nodiscard]] bool header_broken(const core::BlockSnapshot& block) const;
  /// The header is unbroken, or so little of it has changed that its seal can prove what it was.
  [[nodiscard]] bool header_provable(const core::BlockSnapshot& block, bool merged = false) const;
  /// For a block whose header is broken.
  [[nodiscard]] core::Fault header_fault(const core::BlockSnapshot& block, core::Moment moment) const;
  /// Damage behind an unbroken header: in a live block's padding, in an idle block's poison.
  [[nodiscard]] std::optional<core::Fault> body_fault(const core::BlockSnapshot& block,
                                                      core::Moment moment) const;
  /// Whichever of the two there is.
  [[nodiscard]] std::optional<core::Fault> fault_of(const core::BlockSnapshot& block,
                                                    core::Moment moment) const;
  /// For a call with a pointer that is not the user pointer of a live block.
  [[nodiscard]] core::Fault pointer_fault(std::uintptr_t address, core::Origin origin, core::Moment moment,
                                          bool in_a_region) const;
  /// `extent`: what header_fault() says of a header that cannot be proven. Whether `found` names as much of
  /// it as shows, and nothing else, with the kind that follows.
  [[nodiscard]] bool is_part_shown(const core::Fault& found, const core::Fault& extent) const;
  /// All that a check must report, in any order.
  [[nodiscard]] std::vector<core::Fault> check_faults(core::Moment moment) const;

 private:
  [[nodiscard]] std::optional<core::Fault> padding_fault(const core::BlockSnapshot& block,
                                                         core::Moment moment) const;
  [[nodiscard]] std::optional<core::Fault> poison_fault(const core::BlockSnapshot& block,
                                                        core::Moment moment) const;
  [[nodiscard]] std::optional<core::Fault> overrun_of(const core::BlockSnapshot& block,
                                                      core::Moment moment) const;
  void extend_underflow(const core::BlockSnapshot& before, core::Fault& fault) const;
  [[nodiscard]] core::Fault merged_header_fault(std::uintptr_t header, core::Fault fault) const;
  [[nodiscard]] core::Fault own_header_fault(const core::BlockSnapshot& block, core::Moment moment) const;
  [[nodiscard]] core::Fault not_live_fault(std::uintptr_t address, const core::BlockSnapshot& block,
                                           core::Origin origin, core::Moment moment) const;
  void run_on(const core::BlockSnapshot& block, core::Fault& fault) const;
  [[nodiscard]] bool all_are(std::uintptr_t from, std::uintptr_t to) const;
  [[nodiscard]] bool provable_with_seal(const core::BlockSnapshot& block) const;
  [[nodiscard]] bool is_bit_flip(const Extent& damaged) const;
  [[nodiscard]] bool is_live_and_sound(const core::BlockSnapshot& block) const;
  [[nodiscard]] bool front_broken(std::uintptr_t header) const;

  const Layout& layout_;
  const Book& book_;
  const Ledger& ledger_;
  const Recall& recall_;
};

}  // namespace padlock::fuzz
