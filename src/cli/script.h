// The "#!" line of a script, read the way execve(2) reads it.
#pragma once

#include <cstddef>
#include <span>
#include <string>

namespace padlock::cli {

struct Script {
  bool is_script = false;   // begins with "#!", or is text that execvp(3) hands to /bin/sh
  std::string interpreter;  // path, as written
  std::string through_env;  // for "#!/usr/bin/env NAME": NAME, to be looked up along PATH
};

Script read_script(std::span<const std::byte> bytes);

}  // namespace padlock::cli
