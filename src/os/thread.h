// The calling thread, as the kernel and the loader know it.
#pragma once

#include <cstddef>
#include <cstdint>

#include "base/range.h"

namespace padlock::os {

std::int32_t thread_id() noexcept;  // gettid(2)
std::int32_t process_id() noexcept;
/// The comm name of a thread of this process ("" if it is gone), NUL-terminated.
void thread_name(std::int32_t thread, char (&name)[16]) noexcept;
/// The calling thread's, without opening a file.
void own_thread_name(char (&name)[16]) noexcept;

/// Bounds of the calling thread's stack. May call malloc (pthread_getattr_np does): call it once a
/// thread, with allocation re-entry allowed.
AddressRange stack_bounds() noexcept;

}  // namespace padlock::os
