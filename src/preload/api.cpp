// Padlock's C API: forwards only.
#include "runtime/process/api.h"
#include "base/file_mark.h"
#include "padlock/padlock.h"
#include "preload/exported.h"

namespace runtime = padlock::runtime;

namespace padlock::preload {
namespace {

// Notes are padded to four bytes; a compiler would align more.
[[gnu::section(".note.padlock"), gnu::used, gnu::aligned(4)]] const FileMark file_mark;

}  // namespace

const char api_anchor = 0;
[[gnu::used]] const char* const api_needs[] = {&malloc_anchor, &new_anchor, &leaks_anchor, &pools_anchor};

}  // namespace padlock::preload

PADLOCK_EXPORT size_t padlock_check_heap(void) { return runtime::check_on_request(PADLOCK_CALLER_STATE()); }

PADLOCK_EXPORT int padlock_describe(const void* address) { return runtime::describe(address) ? 1 : 0; }

PADLOCK_EXPORT padlock_fault_callback padlock_set_fault_callback(padlock_fault_callback callback,
                                                                 void* context) {
  return runtime::set_fault_callback(callback, context);
}

PADLOCK_EXPORT void padlock_stats(struct padlock_statistics* stats) { runtime::fill_stats(stats); }

// Not a call that the compiler may leave out.
PADLOCK_EXPORT __attribute__((noinline)) void padlock_allocation_reached(const void* block, uint64_t number) {
  asm volatile("" : : "r"(block), "r"(number));
}

PADLOCK_EXPORT __attribute__((noinline)) void padlock_report_break(const char* kind, const void* address,
                                                                   const void* block) {
  asm volatile("" : : "r"(kind), "r"(address), "r"(block));
}

PADLOCK_EXPORT const char* padlock_version(void) { return PADLOCK_VERSION; }
