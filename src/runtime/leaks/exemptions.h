// What the program says about leaks beforehand: blocks that are none, memory that is a root.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/range.h"
#include "os/lock.h"
#include "runtime/leaks/own_list.h"

namespace padlock::runtime {

/// Thread-safe. Blocks are known by their allocation number and thread: nothing is noted for each that is
/// allocated, and a block that is resized is another one.
class Exemptions {
 public:
  constexpr Exemptions() noexcept = default;

  /// What the calling thread allocates from now on is no leak; as many calls of include_own_blocks() end
  /// that. `number`: of its next allocation at the earliest.
  void exclude_own_blocks(std::uint16_t thread, std::uint64_t number) noexcept;
  void include_own_blocks(std::uint16_t thread, std::uint64_t number) noexcept;
  /// The block with this number is no leak, nor is what it points to.
  void exclude_block(std::uint16_t thread, std::uint64_t number) noexcept;

  void add_root(AddressRange memory) noexcept;
  /// False if it was not added exactly so.
  bool remove_root(AddressRange memory) noexcept;

  /// For a check, whose caller holds lock(): sort(), then whether a block is no leak.
  void sort() noexcept PADLOCK_REQUIRES(lock_);
  [[nodiscard]] bool is_excluded(std::uint16_t thread, std::uint64_t number) const noexcept
      PADLOCK_REQUIRES(lock_);
  template <typename Visit>
  void for_each_root(Visit visit) const noexcept PADLOCK_REQUIRES(lock_) {
    for (const AddressRange& root : roots_) visit(root);
  }

  os::Lock& lock() noexcept PADLOCK_RETURNS_LOCK(lock_) { return lock_; }

 private:
  struct Numbers {
    std::uint64_t first;
    std::uint64_t end;  // UINT64_MAX: it goes on
    std::uint16_t thread;
  };

  void add(const Numbers& span) noexcept PADLOCK_REQUIRES(lock_);

  os::Lock lock_;
  KeptList<Numbers> spans_ PADLOCK_GUARDED_BY(lock_);
  KeptList<AddressRange> roots_ PADLOCK_GUARDED_BY(lock_);
};

extern constinit Exemptions exemptions;

}  // namespace padlock::runtime
