// What becomes of a signal that Padlock's handler got in the program's place and that is the program's: its
// handler runs, or the default action is taken, as if Padlock were not there.
#pragma once

#include "arch/context.h"
#include "os/signal_action.h"

namespace padlock::runtime {

/// Of a hidden signal (signal_table.h), in Padlock's handler. When the handler returns, the kernel does the
/// rest. Not noexcept: the program's handler may throw through it.
void deliver(int signal, siginfo_t* info, arch::Context* context);

/// Of a SIGSEGV or SIGBUS: by an access to a page that is missing or protected, whose address `info` has.
bool is_by_access(const siginfo_t& info) noexcept;

/// The default action, once the handler returns: for a signal that ends the process.
void take_default_action(int signal, const siginfo_t& info, arch::Context& context) noexcept;

}  // namespace padlock::runtime
