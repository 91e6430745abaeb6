// A pointer from one of Padlock's own tables to another, which a wild pointer of the program's may overwrite:
// whether it was is seen before it is followed.
#pragma once

#include <cstdint>

namespace padlock {

/// One word: 47 bits of address, all that a process has, and 17 that are made from them. Zero is null, so
/// zeroed memory holds sound links. A change of a single bit never fits, any other by chance in one of 2^17;
/// that null was written over it is not seen.
template <typename T>
class SealedLink {
 public:
  constexpr SealedLink() noexcept = default;
  SealedLink(T* to) noexcept : word_(sealed(reinterpret_cast<std::uintptr_t>(to))) {}  // NOLINT: is a pointer

  /// Null also where it does not hold.
  [[nodiscard]] T* get() const noexcept { return holds() ? reinterpret_cast<T*>(word_ & kAddress) : nullptr; }
  [[nodiscard]] bool holds() const noexcept { return word_ == sealed(word_ & kAddress); }

 private:
  static constexpr std::uint64_t kAddress = (std::uint64_t{1} << 47) - 1;
  static constexpr std::uint64_t kOdd = 0x9e3779b97f4a7c15U;

  static constexpr std::uint64_t sealed(std::uint64_t address) noexcept {
    return address | (address * kOdd & ~kAddress);
  }

  std::uint64_t word_ = 0;
};

}  // namespace padlock
