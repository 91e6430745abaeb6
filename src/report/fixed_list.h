// A list of plain data in a place of its own: no memory beyond the object.
#pragma once

#include <algorithm>
#include <cstddef>

namespace padlock::report {

/// Up to `kCapacity` elements; what does not fit is dropped.
template <typename T, std::size_t kCapacity>
class FixedList {
 public:
  void add(const T& element) noexcept {
    if (size_ < kCapacity) elements_[size_++] = element;
  }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] const T* begin() const noexcept { return elements_; }
  [[nodiscard]] const T* end() const noexcept { return elements_ + size_; }

  friend bool operator==(const FixedList& a, const FixedList& b) noexcept { return std::ranges::equal(a, b); }

 private:
  T elements_[kCapacity] = {};
  std::size_t size_ = 0;
};

}  // namespace padlock::report
