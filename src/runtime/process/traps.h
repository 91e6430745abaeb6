// SIGSEGV, SIGBUS and SIGTRAP: Padlock's handler stands in the program's place. An access to a guard page or
// to a freed large block is reported; everything else goes to the program's own handler or takes the default
// action, as if Padlock were not there.
#pragma once

namespace padlock::runtime {

/// Start-up. `interposed`: the program's calls about signals come here (signal_calls.h), so that its own
/// handlers and masks stand behind Padlock's. Otherwise SIGSEGV and SIGBUS are Padlock's where the program
/// has no handler, and as long as it has none.
void install_traps(bool interposed) noexcept;

}  // namespace padlock::runtime
