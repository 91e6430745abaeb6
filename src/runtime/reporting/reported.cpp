// The set of reported faults: open addressing over 64-bit hashes of what makes a fault the same as another.
#include "runtime/reporting/reported.h"

#include "base/random.h"
#include "core/fault_kinds.h"

namespace padlock::runtime {
namespace {

std::uint64_t hash(std::uint64_t a, std::uint64_t b, core::FaultKind kind) noexcept {
  const std::uint64_t key = mix64(a ^ mix64(b)) ^ static_cast<std::uint64_t>(kind);
  return key == 0 ? 1 : key;
}

// 0 for a fault that is an event of its own.
std::uint64_t key_of(const core::Fault& fault, std::uintptr_t site) noexcept {
  const bool trapped = fault.moment == core::Moment::kAccess;
  switch (core::facts_of(fault.kind).recurrence) {
    case core::Recurrence::kEachTime:
      break;
    case core::Recurrence::kOncePerBlock:
      if (fault.table != core::Table::kNone && !trapped)
        return hash(fault.address, static_cast<std::uint64_t>(fault.table), fault.kind);
      if (fault.blame == core::Blame::kNearest)
        return hash(fault.damage.address, fault.damage.length, fault.kind);
      return trapped ? 0 : hash(fault.block.header, fault.block.number, fault.kind);
    case core::Recurrence::kOncePerCaller:
      return hash(site, 0, fault.kind);
  }
  return 0;
}

}  // namespace

constinit ReportedFaults reported_faults;

bool ReportedFaults::contains(const core::Fault& fault, std::uintptr_t site) const noexcept {
  const std::uint64_t key = key_of(fault, site);
  for (std::size_t i = 0; key != 0 && i < kProbes; ++i) {
    if (keys_[(key + i) % kSlots].load(std::memory_order_relaxed) == key) return true;
  }
  return false;
}

bool ReportedFaults::add(const core::Fault& fault, std::uintptr_t site) noexcept {
  const std::uint64_t key = key_of(fault, site);
  for (std::size_t i = 0; key != 0 && i < kProbes; ++i) {
    std::uint64_t found = 0;
    if (keys_[(key + i) % kSlots].compare_exchange_strong(found, key, std::memory_order_relaxed)) return true;
    if (found == key) return false;
  }
  return true;
}

}  // namespace padlock::runtime
