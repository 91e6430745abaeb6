// The function called, compared with what the module that holds it exports.
#include "runtime/reporting/freeing_call.h"

#include "os/call_target.h"
#include "os/confined.h"
#include "os/loaded_module.h"

namespace padlock::runtime {

core::Call freeing_call(std::uintptr_t return_address) noexcept {
  if (return_address == 0 || os::is_confined()) return core::Call::kNone;
  const std::uintptr_t function = os::call_target(return_address);
  if (function == 0) return core::Call::kNone;
  const os::DynamicTables tables(os::module_at(function));
  if (tables.exported("realloc") == function) return core::Call::kRealloc;
  if (tables.exported("reallocarray") == function) return core::Call::kReallocarray;
  return core::Call::kNone;
}

}  // namespace padlock::runtime
