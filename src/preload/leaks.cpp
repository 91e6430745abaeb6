// The API of the leak check, and the names that LeakSanitizer gives it: forwards only.
#include "padlock/padlock.h"
#include "preload/exported.h"
#include "runtime/leaks/api.h"
#include "trace/unwinder.h"

namespace runtime = padlock::runtime;

namespace padlock::preload {

const char leaks_anchor = 0;

}  // namespace padlock::preload

PADLOCK_EXPORT size_t padlock_leak_check(void) {
  return runtime::leak_check_on_request(PADLOCK_CALLER_STATE());
}
PADLOCK_EXPORT void padlock_leak_disable(void) { runtime::exclude_own_blocks(PADLOCK_CALLER_STATE()); }
PADLOCK_EXPORT void padlock_leak_enable(void) { runtime::include_own_blocks(PADLOCK_CALLER_STATE()); }
PADLOCK_EXPORT void padlock_leak_ignore(const void* block) { runtime::exclude_block(block); }
PADLOCK_EXPORT void padlock_leak_add_root(const void* memory, size_t size) {
  runtime::add_root(memory, size);
}
PADLOCK_EXPORT int padlock_leak_remove_root(const void* memory, size_t size) {
  return runtime::remove_root(memory, size) ? 1 : 0;
}

// Weak: a sanitizer's runtime that is linked to the program comes first.
#define PADLOCK_EXPORT_WEAK PADLOCK_EXPORT __attribute__((weak))

PADLOCK_EXPORT_WEAK void __lsan_disable(void) { runtime::exclude_own_blocks(PADLOCK_CALLER_STATE()); }
PADLOCK_EXPORT_WEAK void __lsan_enable(void) { runtime::include_own_blocks(PADLOCK_CALLER_STATE()); }
PADLOCK_EXPORT_WEAK void __lsan_ignore_object(const void* block) { runtime::exclude_block(block); }
PADLOCK_EXPORT_WEAK void __lsan_register_root_region(const void* memory, size_t size) {
  runtime::add_root(memory, size);
}
PADLOCK_EXPORT_WEAK void __lsan_unregister_root_region(const void* memory, size_t size) {
  runtime::remove_root(memory, size);
}
PADLOCK_EXPORT_WEAK void __lsan_do_leak_check(void) { runtime::check_leaks_for_good(PADLOCK_CALLER_STATE()); }
PADLOCK_EXPORT_WEAK int __lsan_do_recoverable_leak_check(void) {
  return runtime::check_leaks_and_go_on(PADLOCK_CALLER_STATE()) ? 1 : 0;
}
