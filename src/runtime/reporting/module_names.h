// Modules that frames lie in: path and build id, looked up once for as long as they are loaded.
#pragma once

#include <cstddef>
#include <cstdint>

#include "os/modules.h"

namespace padlock::runtime {

struct ModuleName {
  os::Mapping mapping;
  char build_id[41] = {};
  bool is_loaded = false;  // by the loader, who says when that ends
};

/// A small cache: looking a module up means reading most of /proc/self/maps. Not thread-safe; what find()
/// returns lives until open().
class ModuleNames {
 public:
  constexpr ModuleNames() noexcept = default;

  /// For the next report. What was found before is kept unless the loader has changed its modules since.
  void open() noexcept;
  /// The module that holds `address`, or null.
  const ModuleName* find(std::uintptr_t address) noexcept;

 private:
  static constexpr std::size_t kCapacity = 64;

  ModuleName names_[kCapacity] = {};
  std::size_t size_ = 0;
  std::uint32_t generation_ = 0;  // trace::rules_generation
};

}  // namespace padlock::runtime
