// What is wrong with the options that the process was started with, in words.
#pragma once

namespace padlock::runtime {

/// When the reporter has been configured: a warning for each part of the option strings that is refused and
/// for each old name, to where reports go. What PADLOCK_OPTIONS says is said once in a run: not where the
/// parent was started under Padlock with the same string.
void warn_of_options() noexcept;

}  // namespace padlock::runtime
