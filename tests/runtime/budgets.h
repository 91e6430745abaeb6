// What there is of pages and mappings, and budgets that are nearly used up.
#pragma once

#include <cstddef>
#include <ostream>

#include "kernel.h"
#include "runtime/large/map_budget.h"
#include "runtime/memory/memory_budget.h"

namespace padlock::runtime {

// What Padlock has of the system.
struct Used {
  std::size_t pages = pages_mapped();
  std::size_t memory = memory_budget.used();
  std::size_t maps = map_budget.used();

  bool operator==(const Used&) const = default;
};
inline std::ostream& operator<<(std::ostream& out, const Used& used) {
  return out << used.pages << " pages, " << used.memory << " bytes, " << used.maps << " mappings";
}

/// Of those that Padlock may cost, where no limit was set.
inline const std::size_t kAllMappings = map_budget.most_blocks() / 2;

// As if others had so many of the mappings.
class MapsTaken {
 public:
  explicit MapsTaken(std::size_t count) : count_(count) { map_budget.take_anyway(count); }
  ~MapsTaken() { map_budget.give_back(count_); }
  MapsTaken(const MapsTaken&) = delete;
  MapsTaken& operator=(const MapsTaken&) = delete;

 private:
  std::size_t count_;
};

// So many bytes more may be mapped.
class MemoryLimited {
 public:
  explicit MemoryLimited(std::size_t more) { memory_budget.set_limit(memory_budget.used() + more); }
  ~MemoryLimited() { memory_budget.set_limit(0); }
  MemoryLimited(const MemoryLimited&) = delete;
  MemoryLimited& operator=(const MemoryLimited&) = delete;
};

}  // namespace padlock::runtime
