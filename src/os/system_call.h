// Linux system calls by the instruction itself, without libc: another library may stand in front of libc's
// wrappers, and one that allocates there would come back into the allocator. No errno, no cancellation point.
#pragma once

#include <sys/syscall.h>

#include <cerrno>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "arch/system_call.h"
#include "os/confined.h"

namespace padlock::os {

/// What the kernel returned: a value, or the number of an error.
class SystemResult {
 public:
  explicit constexpr SystemResult(long returned) noexcept : returned_(returned) {}

  [[nodiscard]] constexpr bool ok() const noexcept {
    return static_cast<unsigned long>(returned_) <= static_cast<unsigned long>(-1 - kMostErrors);
  }
  /// The value; only where ok().
  [[nodiscard]] constexpr long value() const noexcept { return returned_; }
  /// The value as an address; null on an error.
  [[nodiscard]] void* address() const noexcept { return ok() ? reinterpret_cast<void*>(returned_) : nullptr; }
  /// The value, or `otherwise` on an error.
  [[nodiscard]] constexpr long value_or(long otherwise) const noexcept {
    return ok() ? returned_ : otherwise;
  }
  /// The error number; 0 where ok().
  [[nodiscard]] constexpr int error() const noexcept { return ok() ? 0 : static_cast<int>(-returned_); }

 private:
  static constexpr long kMostErrors = 4095;

  long returned_;
};

/// Bytes of a signal set as the kernel sees it: a bit for each signal, the lowest for signal 1.
using SignalSet = std::uint64_t;
inline constexpr std::size_t kSignalSetSize = sizeof(SignalSet);
constexpr SignalSet set_of(int signal) noexcept { return SignalSet{1} << (signal - 1); }

namespace detail {

template <typename Argument>
[[gnu::always_inline]] inline long as_word(Argument argument) noexcept {
  if constexpr (std::is_null_pointer_v<Argument>) {
    return 0;
  } else if constexpr (std::is_pointer_v<Argument>) {
    return reinterpret_cast<long>(argument);
  } else {
    static_assert(std::is_integral_v<Argument> || std::is_enum_v<Argument>);
    return static_cast<long>(argument);
  }
}

}  // namespace detail

/// A call that the program has asked for, by a function that Padlock stands in front of. `number`: SYS_*; at
/// most six integers and pointers. Async-signal-safe, keeps errno.
template <typename... Arguments>
[[gnu::always_inline]] inline SystemResult program_call(long number, Arguments... arguments) noexcept {
  static_assert(sizeof...(Arguments) <= 6);
  const long words[6] = {detail::as_word(arguments)...};
  return SystemResult(arch::enter_kernel(number, words[0], words[1], words[2], words[3], words[4], words[5]));
}

/// A call of Padlock's own: as above, but EPERM where the process is confined and the call is not one of
/// those that are made then.
template <typename... Arguments>
[[gnu::always_inline]] inline SystemResult system_call(long number, Arguments... arguments) noexcept {
  if (!may_be_made(number)) [[unlikely]]
    return SystemResult(-EPERM);
  return program_call(number, arguments...);
}

}  // namespace padlock::os
