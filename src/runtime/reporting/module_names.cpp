// A linear cache: a report meets few modules.
#include "runtime/reporting/module_names.h"

#include <optional>

namespace padlock::runtime {

const ModuleName* ModuleNames::find(std::uintptr_t address) noexcept {
  for (std::size_t i = 0; i < size_; ++i) {
    const os::Mapping& mapping = names_[i].mapping;
    if (address - mapping.begin < mapping.end - mapping.begin) return &names_[i];
  }
  if (size_ == kCapacity) return nullptr;
  std::optional<os::Mapping> mapping = os::find_mapping(address);
  if (!mapping) mapping = os::loaded_module(address);
  if (!mapping || mapping->load_base == 0) return nullptr;
  ModuleName& name = names_[size_];
  name.mapping = *mapping;
  os::build_id(name.mapping.load_base, name.build_id);
  ++size_;
  return &name;
}

}  // namespace padlock::runtime
