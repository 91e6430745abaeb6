// Modules that frames lie in: path and build id, looked up once a report.
#pragma once

#include <cstddef>
#include <cstdint>

#include "os/modules.h"

namespace padlock::runtime {

struct ModuleName {
  os::Mapping mapping;
  char build_id[41] = {};
};

/// A small cache. Not thread-safe; what find() returns lives until clear().
class ModuleNames {
 public:
  constexpr ModuleNames() noexcept = default;

  void clear() noexcept { size_ = 0; }
  /// The module that holds `address`, or null.
  const ModuleName* find(std::uintptr_t address) noexcept;

 private:
  static constexpr std::size_t kCapacity = 64;

  ModuleName names_[kCapacity] = {};
  std::size_t size_ = 0;
};

}  // namespace padlock::runtime
