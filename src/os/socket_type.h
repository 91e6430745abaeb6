// What kind of socket a descriptor is.
#pragma once

namespace padlock::os {

/// Whether it is a socket for datagrams, of which each call receives one. Async-signal-safe, keeps errno.
bool receives_datagrams(int fd) noexcept;

}  // namespace padlock::os
