// A linear cache: a report meets few modules.
#include "runtime/reporting/module_names.h"

namespace padlock::runtime {

const ModuleName* ModuleNames::find(std::uintptr_t address) noexcept {
  for (std::size_t i = 0; i < size_; ++i) {
    const os::Mapping& mapping = names_[i].mapping;
    if (address - mapping.begin < mapping.end - mapping.begin) return &names_[i];
  }
  if (size_ == kCapacity) return nullptr;
  ModuleName& name = names_[size_];
  if (!os::find_mapping(address, name.mapping)) name.mapping = os::loaded_module(address);
  if (name.mapping.load_base == 0) return nullptr;
  os::build_id(name.mapping.load_base, name.build_id);
  ++size_;
  return &name;
}

}  // namespace padlock::runtime
