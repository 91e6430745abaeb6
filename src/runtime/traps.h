// SIGSEGV and SIGBUS on a guard page or in a freed large block: the access itself is caught. Every other one
// ends the program as it would have without Padlock.
#pragma once

namespace padlock::runtime {

/// Installs the handlers, where the program has not installed its own. A program that does so later wins.
void install_traps() noexcept;

}  // namespace padlock::runtime
