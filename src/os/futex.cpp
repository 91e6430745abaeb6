// futex(2).
#include "os/futex.h"

#include <linux/futex.h>

#include <climits>

#include "os/system_call.h"

namespace padlock::os {

void wait_while(std::atomic<std::uint32_t>& word, std::uint32_t seen) noexcept {
  system_call(SYS_futex, &word, FUTEX_WAIT_PRIVATE, seen, nullptr, nullptr, 0);
}

void wake_all(std::atomic<std::uint32_t>& word) noexcept {
  system_call(SYS_futex, &word, FUTEX_WAKE_PRIVATE, INT_MAX, nullptr, nullptr, 0);
}

}  // namespace padlock::os
