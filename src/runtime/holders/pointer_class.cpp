// Classifying bad pointers by the heap's own tables, the loader's and the kernel's.
#include "runtime/holders/pointer_class.h"

#include "os/loaded_module.h"
#include "os/memory.h"
#include "runtime/holders/place.h"
#include "runtime/threads/thread_registry.h"

namespace padlock::runtime {
namespace {

// The loader knows a module's zero-initialized data as its own; the kernel shows it as anonymous memory.
bool in_module(std::uintptr_t address, std::uintptr_t& begin) noexcept {
  const os::LoadedModule module = os::module_at(address);
  if (!module.present()) return false;
  begin = module.begin;
  return true;
}

bool is_static(std::uintptr_t address) noexcept {
  std::uintptr_t begin = 0;
  return in_module(address, begin);
}

core::PointerClass class_of(std::uintptr_t address) noexcept {
  if (is_static(address)) return core::PointerClass::kStatic;
  if (thread_registry.is_stack(address)) return core::PointerClass::kStack;
  return os::is_mapped(address) ? core::PointerClass::kForeign : core::PointerClass::kWild;
}

}  // namespace

void classify_pointer(core::Fault& fault) noexcept {
  if (fault.pointer_class != core::PointerClass::kUnknown) return;
  const Place place = place_of(fault.address);
  fault.block = try_find_block(place, fault.address);
  if (fault.block.present()) {
    fault.pointer_class = core::PointerClass::kInterior;
  } else if (place.holder == Holder::kArena || place.holder == Holder::kBootstrap) {
    fault.pointer_class = core::PointerClass::kHeapUnused;
  } else {
    fault.pointer_class = class_of(fault.address);
  }
}

void find_pointer_mapping(const core::Fault& fault, os::Mapping& mapping) noexcept {
  mapping = {};
  std::uintptr_t address = fault.address;
  if (fault.pointer_class == core::PointerClass::kStatic) {
    if (!in_module(fault.address, address)) return;
  } else if (fault.pointer_class != core::PointerClass::kForeign) {
    return;
  }
  static_cast<void>(os::find_mapping(address, mapping));
}

}  // namespace padlock::runtime
