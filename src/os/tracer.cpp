// By a signal to the calling thread, which the tracer takes out before it is delivered.
#include "os/tracer.h"

#include <csignal>

#include "os/system_call.h"
#include "os/thread.h"

namespace padlock::os {

bool tell_tracer(const WatchMessage& message) noexcept {
  siginfo_t info = {};
  info.si_signo = SIGTRAP;
  info.si_code = WatchMessage::kSignalCode;
  info.si_pid = process_id();
  info.si_value.sival_ptr = const_cast<WatchMessage*>(&message);
  asm volatile("" : : "r"(&message) : "memory");  // another process reads it
  return system_call(SYS_rt_tgsigqueueinfo, info.si_pid, thread_id(), SIGTRAP, &info).ok();
}

}  // namespace padlock::os
