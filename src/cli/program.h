// Finds the program to run and refuses, before it is started, one that Padlock cannot work in.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace padlock::cli {

/// Who would execute a file, and what executing it would change. Pure data for gains_privilege().
struct Ownership {
  std::uint32_t mode = 0;  // st_mode
  std::uint32_t owner = 0;
  std::uint32_t group = 0;
  bool capabilities = false;  // the file has any
  std::uint32_t user = 0;     // real ids of the caller
  std::uint32_t user_group = 0;
};

/// Whether the file asks for privileges at all: set-user-ID, set-group-ID or file capabilities.
bool asks_for_privilege(const Ownership& ownership);

/// Why the kernel would start such a file in secure-execution mode, in which the loader ignores LD_PRELOAD
/// ("set-user-ID ..."); empty if it would not. The rule of cap_bprm_creds_from_file() in Linux.
std::string gains_privilege(const Ownership& ownership);

/// The file that execvp(3) would start for `name`. Throws Refusal (kNotFound, kCannotExecute).
/// `search_path` is the value of PATH.
std::string locate_program(const std::string& name, std::string_view search_path);

/// Throws a Refusal that explains why Padlock cannot work in the program at `path`, or returns: what the user
/// should know all the same, or "". Looks through scripts at their interpreters. A file that may be executed
/// but not read is taken to be fine.
std::string check_program(const std::string& path, std::string_view search_path);

}  // namespace padlock::cli
