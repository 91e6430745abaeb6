// The set of reported damage: open addressing over 64-bit hashes of kind, block and allocation number.
#include "runtime/reported.h"

#include "core/random.h"

namespace padlock::runtime {
namespace {

// 0 for faults that are no damage.
std::uint64_t key_of(const core::Fault& fault) noexcept {
  switch (fault.kind) {
    case core::FaultKind::kHeapBufferOverflow:
    case core::FaultKind::kHeapBufferUnderflow:
    case core::FaultKind::kUseAfterFreeWrite:
    case core::FaultKind::kMetadataCorruption:
      break;
    default:
      return 0;
  }
  if (fault.moment == core::Moment::kAccess) return 0;
  const std::uint64_t key = core::mix64(fault.block.header ^ core::mix64(fault.block.number)) ^
                            static_cast<std::uint64_t>(fault.kind);
  return key == 0 ? 1 : key;
}

}  // namespace

constinit ReportedDamage reported_damage;

bool ReportedDamage::contains(const core::Fault& fault) const noexcept {
  const std::uint64_t key = key_of(fault);
  for (std::size_t i = 0; key != 0 && i < kProbes; ++i) {
    if (keys_[(key + i) % kSlots].load(std::memory_order_relaxed) == key) return true;
  }
  return false;
}

bool ReportedDamage::add(const core::Fault& fault) noexcept {
  const std::uint64_t key = key_of(fault);
  for (std::size_t i = 0; key != 0 && i < kProbes; ++i) {
    std::uint64_t found = 0;
    if (keys_[(key + i) % kSlots].compare_exchange_strong(found, key, std::memory_order_relaxed)) return true;
    if (found == key) return false;
  }
  return true;
}

}  // namespace padlock::runtime
