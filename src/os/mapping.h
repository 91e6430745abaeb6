// One mapping of the process, as /proc/self/maps or the loader describes it.
#pragma once

#include <cstdint>

namespace padlock::os {

struct Mapping {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  bool readable = false;
  bool writable = false;
  bool executable = false;
  bool stack = false;            // "[stack]"
  std::uintptr_t load_base = 0;  // for a file: where its first mapping begins, otherwise 0
  char path[256] = {};           // "" for anonymous memory; the tail of a longer path
};

}  // namespace padlock::os
