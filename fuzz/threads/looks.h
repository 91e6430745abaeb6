// How the wrappers of libc's functions look at a call: at a glance and closely. The calls are not made. Apart
// from the model, as code under test: a scheduled harness compiles it as it does the runtime.
#pragma once

#include <cstddef>

namespace padlock::fuzz {

struct Looked {
  void* to = nullptr;
  const void* from = nullptr;  // null: memset, otherwise memcpy
  std::size_t size = 0;
};

/// Whether one of the glances shows that all is well.
bool shows_well(const Looked& call);
/// Reports what is wrong.
void look_closely(const Looked& call);
/// Whether a report's call is one of these.
bool is_look(const char* call);

}  // namespace padlock::fuzz
