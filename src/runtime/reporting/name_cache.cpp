// The cache: a place for each address, by its hash.
#include "runtime/reporting/name_cache.h"

#include "base/arith.h"
#include "base/random.h"
#include "os/memory.h"
#include "os/tables.h"
#include "trace/unwinder.h"

namespace padlock::runtime {

std::size_t NameCache::place_of(std::uintptr_t pc) noexcept { return mix64(pc) % kCapacity; }

void NameCache::follow_module_changes() noexcept {
  const std::uint32_t generation = trace::rules_generation.load(std::memory_order_relaxed);
  if (generation == generation_) return;
  generation_ = generation;
  for (std::size_t i = 0; entries_ != nullptr && i < kCapacity; ++i) entries_[i].pc = 0;
}

const trace::Symbol* NameCache::find(std::uintptr_t pc) const noexcept {
  if (entries_ == nullptr) return nullptr;
  const Entry& entry = entries_[place_of(pc)];
  return entry.pc == pc ? &entry.symbol : nullptr;
}

void NameCache::keep(std::uintptr_t pc, const trace::Symbol& symbol) noexcept {
  if (entries_ == nullptr) {
    const std::size_t size = align_up(kCapacity * sizeof(Entry), os::page_size());
    entries_ = static_cast<Entry*>(os::map_table(size));
    if (entries_ == nullptr) return;
  }
  Entry& entry = entries_[place_of(pc)];
  entry.pc = pc;
  entry.symbol = symbol;
}

}  // namespace padlock::runtime
