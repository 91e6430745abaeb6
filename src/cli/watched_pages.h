// The pages of one address space that are watched, as the library of the program has named them.
#pragma once

#include <sys/types.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

#include "base/range.h"
#include "base/watch_message.h"
#include "cli/tracee.h"

namespace padlock::cli {

/// Pages of a block, and what lay in them when it was looked at last. They are protected unless `open` says
/// otherwise.
struct WatchedPage {
  WatchMessage place;
  std::vector<std::byte> bytes;
  unsigned open = 0;  // calls that it is open for

  [[nodiscard]] bool contains(std::uintptr_t address) const noexcept {
    return address >= place.page && address < place.page_end;
  }
  /// The address of the first byte that is not the program's to write to and differs from what lay there.
  [[nodiscard]] std::optional<std::uintptr_t> first_change(const Tracee& thread) const;
};

/// Shared by the threads of a process; copied by fork(2).
struct AddressSpace {
  std::vector<WatchedPage> pages;
  AddressRange ever;          // around all that was ever watched, or freed
  std::uintptr_t entry = 0;   // of the kernel: an instruction of the library's
  bool has_requests = false;  // io_uring or aio: the kernel may write at any time
  bool has_freed = false;     // a block has been freed, and what is written to it is of interest

  void add(const WatchedPage& page);
  void remember(AddressRange range) noexcept;
  WatchedPage* page_at(std::uintptr_t address) noexcept;
  /// Whether a call with such an argument may be about a watched block.
  [[nodiscard]] bool is_in_block(std::uintptr_t address) const noexcept;
};

}  // namespace padlock::cli
