// RTLD_DEEPBIND puts a library's own dependencies, libc among them, before everything that is preloaded.
#include "runtime/interposed/module_loading.h"

#include <atomic>

#include "base/text.h"
#include "os/loader_modes.h"
#include "runtime/memory/settings.h"
#include "runtime/process/init.h"
#include "runtime/reporting/notice.h"

namespace padlock::runtime {
namespace {

constinit std::atomic<bool> namespace_warned{false};

const char* file_of(std::uintptr_t argument) noexcept {
  return argument == 0 ? "the program" : reinterpret_cast<const char*>(argument);
}

void clear_deepbind(std::uintptr_t file, std::uintptr_t& mode) noexcept {
  initialize();
  if ((mode & os::kDeepBind) == 0 || settings.options.keep_deepbind) return;
  mode &= ~os::kDeepBind;
  note(file_of(file),
       "opened without RTLD_DEEPBIND, so that it uses Padlock (keep_deepbind=1 keeps the flag)");
}

}  // namespace

void on_dlopen(PassedCall& call) noexcept { clear_deepbind(call.argument[0], call.argument[1]); }

void on_dlmopen(PassedCall& call) noexcept {
  if (os::is_base_namespace(call.argument[0])) {
    clear_deepbind(call.argument[1], call.argument[2]);
    return;
  }
  initialize();
  if (namespace_warned.exchange(true)) return;
  warn(file_of(call.argument[1]),
       "opened by dlmopen() in a namespace of its own, in which nothing is guarded");
}

}  // namespace padlock::runtime
