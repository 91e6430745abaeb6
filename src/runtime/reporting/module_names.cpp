// A linear cache: a report meets few modules.
#include "runtime/reporting/module_names.h"

#include <algorithm>
#include <optional>
#include <string_view>

#include "trace/module_history.h"
#include "trace/unwinder.h"

namespace padlock::runtime {

void ModuleNames::open() noexcept {
  const std::uint32_t generation = trace::rules_generation.load(std::memory_order_relaxed);
  if (generation != generation_ || size_ > kCapacity / 2) size_ = 0;
  generation_ = generation;
  // Files that the program has mapped by itself come and go without a sign.
  const ModuleName* const kept =
      std::find_if(names_, names_ + size_, [](const ModuleName& name) { return !name.is_loaded; });
  size_ = static_cast<std::size_t>(kept - names_);
}

const ModuleName* ModuleNames::find(std::uintptr_t address) noexcept {
  for (std::size_t i = 0; i < size_; ++i) {
    const os::Mapping& mapping = names_[i].mapping;
    if (address - mapping.begin < mapping.end - mapping.begin) return &names_[i];
  }
  if (size_ == kCapacity) return nullptr;
  std::optional<os::Mapping> mapping = os::find_mapping(address);
  if (!mapping) mapping = os::loaded_module(address);
  // No file, but an image.
  if (mapping && std::string_view(mapping->path) == "[vdso]") mapping->load_base = mapping->begin;
  if (!mapping || mapping->load_base == 0) return nullptr;
  ModuleName& name = names_[size_];
  name.mapping = *mapping;
  name.build_id[0] = '\0';
  os::build_id(name.mapping.load_base, name.build_id);
  name.is_loaded = trace::module_history.find(address, generation_) != nullptr;
  ++size_;
  return &name;
}

}  // namespace padlock::runtime
