// Names of addresses that a report has asked for before: the symbolizer is asked once for each.
#pragma once

#include <cstddef>
#include <cstdint>

#include "trace/symbolizer.h"

namespace padlock::runtime {

/// In pages of its own, mapped by the first name that is kept; an older name gives way to a younger one. Not
/// thread-safe.
class NameCache {
 public:
  constexpr NameCache() noexcept = default;

  /// Forgets everything if modules have been unloaded since the last call: their addresses may mean something
  /// else now.
  void follow_module_changes() noexcept;

  /// The names of a return address, or null.
  [[nodiscard]] const trace::Symbol* find(std::uintptr_t pc) const noexcept;
  void keep(std::uintptr_t pc, const trace::Symbol& symbol) noexcept;

 private:
  struct Entry {
    std::uintptr_t pc;
    trace::Symbol symbol;
  };
  static constexpr std::size_t kCapacity = 1024;

  static std::size_t place_of(std::uintptr_t pc) noexcept;

  Entry* entries_ = nullptr;
  std::uint32_t generation_ = 0;
};

}  // namespace padlock::runtime
