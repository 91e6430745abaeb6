// Freed large blocks, oldest first.
#pragma once

#include <cstddef>

#include "runtime/large/large_record.h"

namespace padlock::runtime {

/// An intrusive queue. Not thread-safe.
class LargeFifo {
 public:
  constexpr LargeFifo() noexcept = default;

  void push(LargeRecord* record) noexcept {
    record->older = newest_;
    record->newer = nullptr;
    (newest_ != nullptr ? newest_->newer : oldest_) = record;
    newest_ = record;
    ++count_;
    bytes_ += record->mapping.size();
  }

  /// `record` is in this queue.
  void remove(LargeRecord* record) noexcept {
    (record->older != nullptr ? record->older->newer : oldest_) = record->newer;
    (record->newer != nullptr ? record->newer->older : newest_) = record->older;
    --count_;
    bytes_ -= record->mapping.size();
  }

  [[nodiscard]] LargeRecord* oldest() const noexcept { return oldest_; }
  [[nodiscard]] std::size_t count() const noexcept { return count_; }
  [[nodiscard]] std::size_t bytes() const noexcept { return bytes_; }  // of address space

 private:
  LargeRecord* oldest_ = nullptr;
  LargeRecord* newest_ = nullptr;
  std::size_t count_ = 0;
  std::size_t bytes_ = 0;
};

}  // namespace padlock::runtime
