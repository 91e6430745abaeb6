// Which of the bytes that Padlock had set have been changed behind its back, and what they were.
#pragma once

#include <cstdint>
#include <map>
#include <optional>

namespace padlock::fuzz {

struct Change {
  std::uint8_t original = 0;
  std::uint8_t now = 0;
};

/// From the first to the last changed byte, both included.
struct Extent {
  std::uintptr_t first = 0;
  std::uintptr_t last = 0;

  [[nodiscard]] std::uint64_t length() const noexcept { return last - first + 1; }
};

class Ledger {
 public:
  /// Writes `value` at `address` and remembers what was there. A byte that gets its old value back is not
  /// changed.
  void poke(std::uintptr_t address, std::uint8_t value);
  /// Puts back what was there before, and forgets.
  void undo(std::uintptr_t begin, std::uintptr_t end);
  /// Forgets changes in [begin, end): the heap has rewritten or given up these bytes.
  void forget(std::uintptr_t begin, std::uintptr_t end);
  /// Another one whenever anything has been entered or forgotten.
  [[nodiscard]] std::uint64_t version() const noexcept { return version_; }

  [[nodiscard]] bool empty() const noexcept { return changes_.empty(); }
  [[nodiscard]] bool any(std::uintptr_t begin, std::uintptr_t end) const {
    const auto first = changes_.lower_bound(begin);
    return first != changes_.end() && first->first < end;
  }
  [[nodiscard]] std::optional<Extent> extent(std::uintptr_t begin, std::uintptr_t end) const;
  [[nodiscard]] bool changed(std::uintptr_t address) const { return changes_.contains(address); }
  [[nodiscard]] const std::map<std::uintptr_t, Change>& changes() const noexcept { return changes_; }

 private:
  std::map<std::uintptr_t, Change> changes_;
  std::uint64_t version_ = 0;
};

}  // namespace padlock::fuzz
