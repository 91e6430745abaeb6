// The function called, compared with what the module that holds it exports.
#include "runtime/reporting/freeing_call.h"

#include <algorithm>
#include <iterator>

#include "os/call_target.h"
#include "os/confined.h"
#include "os/loaded_module.h"

namespace padlock::runtime {
namespace {

// free() and the operators delete, by the names that modules export.
constexpr const char* kReleasing[] = {
    "free",
    "cfree",
    "_ZdlPv",
    "_ZdaPv",
    "_ZdlPvm",
    "_ZdaPvm",
    "_ZdlPvSt11align_val_t",
    "_ZdaPvSt11align_val_t",
    "_ZdlPvmSt11align_val_t",
    "_ZdaPvmSt11align_val_t",
    "_ZdlPvRKSt9nothrow_t",
    "_ZdaPvRKSt9nothrow_t",
    "_ZdlPvSt11align_val_tRKSt9nothrow_t",
    "_ZdaPvSt11align_val_tRKSt9nothrow_t",
};

// 0: the code does not show it.
std::uintptr_t function_called(std::uintptr_t return_address) noexcept {
  if (return_address == 0 || os::is_confined()) return 0;
  return os::call_target(return_address);
}

}  // namespace

bool only_releases(std::uintptr_t return_address) noexcept {
  const std::uintptr_t function = function_called(return_address);
  if (function == 0) return false;
  const os::DynamicTables tables(os::module_at(function));
  const auto is_it = [&](const char* name) { return tables.exported(name) == function; };
  return std::any_of(std::begin(kReleasing), std::end(kReleasing), is_it);
}

core::Call freeing_call(std::uintptr_t return_address) noexcept {
  const std::uintptr_t function = function_called(return_address);
  if (function == 0) return core::Call::kNone;
  const os::DynamicTables tables(os::module_at(function));
  if (tables.exported("realloc") == function) return core::Call::kRealloc;
  if (tables.exported("reallocarray") == function) return core::Call::kReallocarray;
  return core::Call::kNone;
}

}  // namespace padlock::runtime
