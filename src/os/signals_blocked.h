// All signals that are sent are blocked over a scope. Those that the thread raises by its own
// instructions are not: blocked, they would end the process without a word.
#pragma once

#include <csignal>

#include "os/signal_action.h"
#include "os/system_call.h"

namespace padlock::os {

inline constexpr SignalSet kSentSignals =
    ~(set_of(SIGSEGV) | set_of(SIGBUS) | set_of(SIGTRAP) | set_of(SIGILL) | set_of(SIGFPE));

/// For the calling thread; libc's own signals (cancellation) included. Restores the former mask at its end.
/// Nothing where the process is confined.
class SignalsBlocked {
 public:
  SignalsBlocked() noexcept : changed_(!is_confined()) {
    if (changed_) change_signal_mask(SIG_BLOCK, kSentSignals, &before_);
  }
  ~SignalsBlocked() {
    if (changed_) change_signal_mask(SIG_SETMASK, before_);
  }
  SignalsBlocked(const SignalsBlocked&) = delete;
  SignalsBlocked& operator=(const SignalsBlocked&) = delete;

 private:
  SignalSet before_ = 0;
  bool changed_;
};

}  // namespace padlock::os
