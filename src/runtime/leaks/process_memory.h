// What is mapped and readable in this process, as of one moment.
#pragma once

#include "base/range.h"
#include "runtime/leaks/mark.h"
#include "runtime/leaks/own_list.h"

namespace padlock::runtime {

/// Not thread-safe.
class ProcessMemory final : public ReadableMemory {
 public:
  /// Reads /proc/thread-self/maps. False where that is not possible, or without memory.
  bool read() noexcept;

  [[nodiscard]] AddressRange first_readable(AddressRange range) const noexcept override;
  [[nodiscard]] AddressRange first_unpoisoned(AddressRange range) const noexcept override;
  /// The bounds of the readable mapping that holds `address`; empty if there is none.
  [[nodiscard]] AddressRange mapping_of(std::uintptr_t address) const noexcept;

 private:
  [[nodiscard]] const AddressRange* first_that_ends_behind(std::uintptr_t address) const noexcept;

  OwnList<AddressRange> readable_;  // in order
};

}  // namespace padlock::runtime
