// Holds the faults that one call reported against those that it had to report.
#pragma once

#include <initializer_list>
#include <vector>

#include "core/fault.h"
#include "model/oracle.h"

namespace padlock::fuzz {

class FaultLog final : public core::FaultSink {
 public:
  void on_fault(const core::Fault& fault) override { faults.push_back(fault); }

  std::vector<core::Fault> faults;
};

class Judge {
 public:
  /// All as it was before the call; the ledger may forget what has been judged before the next fault is.
  Judge(const core::Heap& heap, const Layout& layout, const Book& book, const Ledger& ledger,
        const Recall& recall, const std::vector<core::Fault>& faults)
      : heap_(heap),
        layout_(layout),
        book_(book),
        ledger_(ledger),
        recall_(recall),
        oracle_(layout, book, ledger, recall),
        faults_(faults) {}

  /// The next fault is `expected`, exactly.
  void expect(const core::Fault& expected);
  /// What is left are these, in any order.
  void expect_all(std::vector<core::Fault> expected);
  /// What is left was found on the way, in idle memory that the call came across: each idle block at most
  /// once, at one of `moments`.
  void expect_late(std::initializer_list<core::Moment> moments);
  void expect_no_more() const;

  /// What expect_late() saw reported.
  [[nodiscard]] const std::vector<core::Fault>& late() const noexcept { return late_; }

 private:
  [[nodiscard]] bool equal(const core::Fault& found, const core::Fault& expected) const;
  [[nodiscard]] bool same_damage(const core::Fault& found, const core::Fault& expected) const;
  [[nodiscard]] bool owner_fits(const core::Fault& found, const core::Fault& expected) const;
  [[nodiscard]] bool match_late(std::size_t index, const Layout& layout, const Ledger& ledger,
                                std::vector<core::Fault>& matched) const;
  void check_window(const core::Fault& found) const;

  const core::Heap& heap_;
  const Layout& layout_;
  const Book& book_;
  const Ledger& ledger_;
  const Recall& recall_;
  Oracle oracle_;
  const std::vector<core::Fault>& faults_;
  std::size_t next_ = 0;
  std::vector<core::Fault> late_;
};

/// The damage that `fault` reports lies in `block` too: the heap repairs all that one write has hit.
bool was_hit(const core::BlockSnapshot& block, const core::Fault& fault);

/// Prints a fault, for failures.
void print_fault(const char* title, const core::Fault& fault);

}  // namespace padlock::fuzz
