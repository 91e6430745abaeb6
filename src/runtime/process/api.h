// What stands behind the C API. padlock.h documents it.
#pragma once

#include <cstddef>

#include "padlock/padlock.h"
#include "trace/unwinder.h"

namespace padlock::runtime {

std::size_t check_on_request(const trace::FrameState& from) noexcept;
bool describe(const void* address) noexcept;
padlock_fault_callback set_fault_callback(padlock_fault_callback callback, void* context) noexcept;
void fill_stats(struct padlock_statistics* stats) noexcept;

}  // namespace padlock::runtime
