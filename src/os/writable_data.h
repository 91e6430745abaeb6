// What the modules of the process have in memory for variables: writable segments, and their thread-local
// data.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/range.h"

namespace padlock::os {

class DataVisitor {
 public:
  /// A segment that is writable at first, in whole pages.
  virtual void on_writable(AddressRange segment) = 0;
  /// The thread-local data of a module in the calling thread.
  virtual void on_thread_local(AddressRange block) = 0;
  /// What the loader knows of a module; mapped by the loader itself, or allocated.
  virtual void on_link_map(std::uintptr_t address) = 0;

 protected:
  ~DataVisitor() = default;
};

/// Calls `function(argument)` while the loader's list of modules stands still: its lock is held.
void with_steady_modules(void (*function)(void* argument), void* argument) noexcept;
/// Link maps alone. Takes no lock: at start-up, when nothing changes them.
void visit_link_maps(DataVisitor& visitor) noexcept;
/// Within with_steady_modules(): all that there is.
void visit_data(DataVisitor& visitor) noexcept;

}  // namespace padlock::os
