// Classifying bad pointers by the heap's own tables, the loader's and the kernel's.
#include "runtime/holders/pointer_class.h"

#include "os/loaded_module.h"
#include "os/memory.h"
#include "os/start_data.h"
#include "os/thread_locals.h"
#include "runtime/holders/place.h"
#include "runtime/holders/read_value.h"
#include "runtime/threads/thread_registry.h"

namespace padlock::runtime {
namespace {

bool is_thread_local(std::uintptr_t address) noexcept {
  if (os::own_thread_locals().contains(address)) return true;
  // A thread's stack ends at its descriptor, the first one's does not.
  const AddressRange stack = thread_registry.stack_at(address);
  if (stack.end == 0 || stack.contains(os::initial_stack_pointer())) return false;
  return os::thread_locals_before(stack.end).contains(address);
}

core::PointerClass class_of(std::uintptr_t address) noexcept {
  if (os::module_at(address).present()) return core::PointerClass::kStatic;
  if (os::start_strings().contains(address)) return core::PointerClass::kStartString;
  if (os::start_arrays().contains(address)) return core::PointerClass::kStartArray;
  if (is_thread_local(address)) return core::PointerClass::kThreadLocal;
  if (thread_registry.stack_at(address).contains(address)) return core::PointerClass::kStack;
  return os::is_mapped(address) ? core::PointerClass::kForeign : core::PointerClass::kWild;
}

// What Padlock keeps in memory was read there and passed on: the pointer itself says from which block.
bool is_read_value(core::Fault& fault) noexcept {
  const core::Fault read = explain_value(fault.address, core::ReadValue::Use::kPointer);
  if (read.kind == core::FaultKind::kNone) return false;
  fault.kind = read.kind;
  fault.pointer_class = core::PointerClass::kNone;
  fault.block = read.block;
  fault.read = read.read;
  return true;
}

}  // namespace

void classify_pointer(core::Fault& fault) noexcept {
  if (fault.pointer_class != core::PointerClass::kUnknown) return;
  if (is_read_value(fault)) return;
  const Place place = place_of(fault.address);
  fault.block = try_find_block(place, fault.address).value_or(core::BlockSnapshot{});
  if (fault.block.present()) {
    fault.pointer_class = core::PointerClass::kInterior;
  } else if (place.holder == Holder::kArena || place.holder == Holder::kGuarded ||
             place.holder == Holder::kBootstrap) {
    fault.pointer_class = core::PointerClass::kHeapUnused;
  } else {
    fault.pointer_class = class_of(fault.address);
  }
}

std::optional<os::Mapping> find_pointer_mapping(const core::Fault& fault) noexcept {
  if (fault.pointer_class == core::PointerClass::kForeign) return os::find_mapping(fault.address);
  if (fault.pointer_class != core::PointerClass::kStatic) return std::nullopt;
  // The loader knows a module's zero-initialized data as its own; the kernel shows it as anonymous memory.
  const os::LoadedModule module = os::module_at(fault.address);
  return module.present() ? os::find_mapping(module.begin) : std::nullopt;
}

}  // namespace padlock::runtime
