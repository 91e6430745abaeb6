// Where the faults are that do not fit the list itself: in a table that doubles, and goes back to the system
// with the last of them.
#include "runtime/threads/fault_list.h"

#include <algorithm>
#include <memory>
#include <new>

#include "os/tables.h"

namespace padlock::runtime {

constinit ListedFaults listed_faults;

namespace {

constexpr std::size_t kGrowth = 2;
constexpr std::size_t kLeastMore = 16 * FaultList::kCapacity;

}  // namespace

bool FaultList::keep(const core::Fault& fault) noexcept {
  if (full()) return false;
  new (all() + first_ + size_++) core::Fault(fault);
  listed_faults.note_kept();
  return true;
}

// At the list's end: at the place of those that have been taken out, or in a larger table.
bool FaultList::make_room() noexcept {
  if (first_ != 0) {
    std::copy(all() + first_, all() + first_ + size_, all());
    first_ = 0;
    return true;
  }
  const std::size_t wanted = std::max(kGrowth * capacity_, kLeastMore);
  if (wanted > kMost) return false;
  void* const memory = os::map_table(wanted * sizeof(core::Fault));
  if (memory == nullptr) return false;
  auto* const larger = static_cast<core::Fault*>(memory);
  std::uninitialized_copy(all(), all() + size_, larger);
  if (more_ != nullptr) os::unmap_table(more_, capacity_ * sizeof(core::Fault));
  more_ = larger;
  capacity_ = wanted;
  return true;
}

bool FaultList::take(core::Fault& fault) noexcept {
  if (reporting_) listed_faults.note_finished();
  reporting_ = size_ != 0;
  if (!reporting_) return false;
  fault = all()[first_++];
  if (--size_ != 0) return true;
  first_ = 0;
  if (more_ == nullptr) return true;
  os::unmap_table(more_, capacity_ * sizeof(core::Fault));
  more_ = nullptr;
  capacity_ = kCapacity;
  return true;
}

}  // namespace padlock::runtime
