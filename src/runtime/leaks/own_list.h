// A list in pages of its own that grows: the leak check allocates nothing. They lie apart, so that they are
// no part of a mapping that is searched for pointers.
#pragma once

#include <cstddef>
#include <cstring>
#include <span>
#include <type_traits>

#include "base/arith.h"
#include "os/memory.h"

namespace padlock::runtime {

/// Not thread-safe. Of plain data. Stays when it goes out of scope: for data that no destructor may take away
/// before the process ends.
template <typename T>
class KeptList {
 public:
  static_assert(std::is_trivially_copyable_v<T>);

  constexpr KeptList() noexcept = default;
  KeptList(const KeptList&) = delete;
  KeptList& operator=(const KeptList&) = delete;

  /// False without memory; what was there stays.
  bool reserve(std::size_t count) noexcept {
    if (count <= capacity_) return true;
    const std::size_t bytes = align_up(count * sizeof(T), os::page_size());
    auto* const items = static_cast<T*>(os::map_apart(bytes));
    if (items == nullptr) return false;
    if (size_ != 0) std::memcpy(static_cast<void*>(items), items_, size_ * sizeof(T));
    const std::size_t kept = size_;
    clear();
    items_ = items;
    size_ = kept;
    capacity_ = bytes / sizeof(T);
    return true;
  }
  /// False without memory.
  bool add(const T& item) noexcept {
    if (size_ == capacity_ && !reserve(capacity_ == 0 ? 1 : 2 * capacity_)) return false;
    items_[size_++] = item;
    return true;
  }
  /// The latest. Precondition: not empty.
  T take_last() noexcept { return items_[--size_]; }
  /// The first `count`, zeroed where there was nothing. False without memory.
  bool resize(std::size_t count) noexcept {
    if (!reserve(count)) return false;
    size_ = count;
    return true;
  }
  void drop_all() noexcept { size_ = 0; }
  void drop_from(std::size_t count) noexcept { size_ = count; }

  [[nodiscard]] std::size_t size() const noexcept { return size_; }
  [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
  [[nodiscard]] T* begin() noexcept { return items_; }
  [[nodiscard]] T* end() noexcept { return items_ + size_; }
  [[nodiscard]] const T* begin() const noexcept { return items_; }
  [[nodiscard]] const T* end() const noexcept { return items_ + size_; }
  [[nodiscard]] T& operator[](std::size_t index) noexcept { return items_[index]; }
  [[nodiscard]] const T& operator[](std::size_t index) const noexcept { return items_[index]; }
  [[nodiscard]] std::span<const T> items() const noexcept { return {items_, size_}; }

 protected:
  void clear() noexcept {
    if (items_ != nullptr) os::unmap_apart(items_, align_up(capacity_ * sizeof(T), os::page_size()));
    items_ = nullptr;
    size_ = capacity_ = 0;
  }

 private:
  T* items_ = nullptr;
  std::size_t size_ = 0;
  std::size_t capacity_ = 0;
};

/// The same, and gives its pages back.
template <typename T>
class OwnList final : public KeptList<T> {
 public:
  OwnList() noexcept = default;
  ~OwnList() { this->clear(); }
  OwnList(const OwnList&) = delete;
  OwnList& operator=(const OwnList&) = delete;
};

}  // namespace padlock::runtime
