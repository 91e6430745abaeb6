// The threads of this process, as /proc lists them. Makes only system calls: for code that runs while other
// threads stand still.
#pragma once

#include <cstdint>

namespace padlock::os {

/// Why nothing can be done with all threads, where list_threads() does not say which there are.
inline constexpr const char* kNoThreadList = "there is no /proc to find the threads in";

/// `visit(context, thread)` for each thread, that of the caller among them; false where /proc does not say.
/// Threads that start or end meanwhile may be missed.
bool list_threads(std::int32_t process, void (*visit)(void*, std::int32_t), void* context) noexcept;

template <typename Visit>
bool for_each_thread(std::int32_t process, Visit visit) noexcept {
  return list_threads(
      process, [](void* visitor, std::int32_t thread) { (*static_cast<Visit*>(visitor))(thread); }, &visit);
}

/// Its registers are gone, and it can neither be traced nor signalled: it is gone, or a zombie while others
/// are left.
bool thread_has_ended(std::int32_t process, std::int32_t thread) noexcept;

}  // namespace padlock::os
