// getsockopt(2).
#include "os/socket_type.h"

#include <sys/socket.h>

#include "os/system_call.h"

namespace padlock::os {

bool receives_datagrams(int fd) noexcept {
  int type = SOCK_STREAM;
  socklen_t size = sizeof type;
  return system_call(SYS_getsockopt, fd, SOL_SOCKET, SO_TYPE, &type, &size).ok() && type != SOCK_STREAM;
}

}  // namespace padlock::os
