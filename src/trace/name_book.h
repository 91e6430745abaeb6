// Names of addresses: for each its levels, the innermost first: functions that were inlined, and the one that
// they were inlined into. Who finds them is symbolizer.h.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "base/units.h"

namespace padlock::trace {

/// A function, and the place in it; empty or 0 where unknown.
struct Level {
  std::string_view function;
  std::string_view file;
  std::uint32_t line = 0;
};

/// One piece of memory without pointers, so another process can fill it in. Zeros are a valid empty one. One
/// writer at a time; what add() has published can be read at any time.
class NameBook {
 public:
  static constexpr std::size_t kAddresses = 1024;
  static constexpr std::size_t kMostLevels = 64;     // of an address
  static constexpr std::size_t kLongestText = 1000;  // bytes; what is cut is marked by "..."

  /// What is known of an address. Lives until clear(); texts end with a NUL.
  class Names {
   public:
    Names() = default;
    [[nodiscard]] std::size_t size() const noexcept { return count_; }
    [[nodiscard]] Level operator[](std::size_t index) const noexcept;

   private:
    friend class NameBook;
    Names(const NameBook& book, std::size_t first, std::size_t count) noexcept
        : book_(&book), first_(first), count_(count) {}
    const NameBook* book_ = nullptr;
    std::size_t first_ = 0;
    std::size_t count_ = 0;
  };

  /// Of a function that is too long the beginning is kept, of a file the end. Levels that do not fit are left
  /// out. False where there is no room for the address.
  bool add(std::uintptr_t pc, std::span<const Level> levels) noexcept;
  /// What another book says of an address.
  void copy(std::uintptr_t pc, const NameBook& from) noexcept;
  [[nodiscard]] bool knows(std::uintptr_t pc) const noexcept {
    return entry_of(pc).pc.load(std::memory_order_acquire) == pc;
  }
  [[nodiscard]] Names find(std::uintptr_t pc) const noexcept;
  /// Otherwise what fills half of an empty book fits.
  [[nodiscard]] bool is_half_full() const noexcept;
  void clear() noexcept;

 private:
  struct Entry {
    std::atomic<std::uintptr_t> pc;  // 0: free; written last
    std::uint32_t first;
    std::uint32_t count;
  };
  struct StoredLevel {
    std::uint32_t function;  // places in text_
    std::uint32_t file;
    std::uint32_t line;
  };
  static constexpr std::size_t kEntries = 2 * kAddresses;
  static constexpr std::size_t kLevels = 8 * kAddresses;
  static constexpr std::size_t kText = 1_MiB;

  [[nodiscard]] const Entry& entry_of(std::uintptr_t pc) const noexcept;
  [[nodiscard]] std::uint32_t store(std::string_view text, bool keeps_end) noexcept;

  std::size_t addresses_;
  std::size_t levels_used_;
  std::size_t text_used_;
  Entry entries_[kEntries];
  StoredLevel levels_[kLevels];
  char text_[kText];
};

}  // namespace padlock::trace
