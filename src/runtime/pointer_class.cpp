// Classifying bad pointers by the heap's own tables, the loader's and the kernel's.
#include "runtime/pointer_class.h"

#include <dlfcn.h>

#include <algorithm>
#include <cstring>

#include "os/modules.h"
#include "runtime/find_block.h"
#include "runtime/segment_table.h"
#include "runtime/thread_registry.h"

namespace padlock::runtime {
namespace {

// The loader knows a module's zero-initialized data as its own; the kernel shows it as anonymous memory.
// _dl_find_object takes no lock.
bool in_module(std::uintptr_t address, std::uintptr_t& begin) noexcept {
  dl_find_object object;
  if (_dl_find_object(reinterpret_cast<void*>(address), &object) != 0) return false;
  begin = reinterpret_cast<std::uintptr_t>(object.dlfo_map_start);
  return true;
}

void copy_path(const os::Mapping& mapping, std::span<char> module) noexcept {
  const std::size_t length = std::min(std::strlen(mapping.path), module.size() - 1);
  std::copy_n(mapping.path, length, module.data());
  module[length] = '\0';
}

core::PointerClass class_of(std::uintptr_t address, std::span<char> module) noexcept {
  os::Mapping mapping;
  std::uintptr_t begin = 0;
  if (in_module(address, begin)) {
    if (os::find_mapping(begin, mapping)) copy_path(mapping, module);
    return core::PointerClass::kStatic;
  }
  if (thread_registry.is_stack(address)) return core::PointerClass::kStack;
  if (!os::find_mapping(address, mapping)) return core::PointerClass::kWild;
  if (mapping.stack) return core::PointerClass::kStack;
  copy_path(mapping, module);
  return core::PointerClass::kForeign;
}

}  // namespace

void refine_pointer(core::Fault& fault, std::span<char> module) noexcept {
  module[0] = '\0';
  if (fault.pointer_class != core::PointerClass::kUnknown) return;
  fault.block = try_find_block(fault.address);
  if (fault.block.present()) {
    fault.pointer_class = core::PointerClass::kInterior;
  } else if (segment_table.owner_of(fault.address) != kNobody) {
    fault.pointer_class = core::PointerClass::kHeapUnused;
  } else {
    fault.pointer_class = class_of(fault.address, module);
  }
}

}  // namespace padlock::runtime
