// Compares keys with the settings', and the rest with its seal.
#include "runtime/calls/own_state.h"

#include "runtime/memory/arena_set.h"
#include "runtime/memory/settings.h"

namespace padlock::runtime {

std::optional<core::Fault> overwritten_state(core::BlockCache& cache, core::Moment moment) noexcept {
  const void* overwritten = nullptr;
  if (cache.restore(settings.keys)) overwritten = &cache;
  arena_set.for_each([&](Arena& arena) {
    if (arena.restore(settings.keys)) overwritten = &arena;
  });
  if (overwritten == nullptr) return std::nullopt;
  return core::table_fault(core::Table::kHeap, address_of(overwritten), moment);
}

}  // namespace padlock::runtime
