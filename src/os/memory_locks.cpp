// The state itself.
#include "os/memory_locks.h"

namespace padlock::os::detail {

constinit std::atomic<bool> future_locked{false};

}  // namespace padlock::os::detail
