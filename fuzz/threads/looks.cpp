// The rows of memset and memcpy.
#include "threads/looks.h"

#include <string_view>

#include "calls/table.h"

namespace padlock::fuzz {

bool shows_well(const Looked& call) {
  if (call.from == nullptr)
    return !table::known_memset(call.to, 0, call.size) || !table::near_memset(call.to, 0, call.size);
  return !table::known_memcpy(call.to, call.from, call.size) ||
         !table::near_memcpy(call.to, call.from, call.size);
}

void look_closely(const Looked& call) {
  if (call.from == nullptr) {
    table::closely_memset(call.to, 0, call.size);
  } else {
    table::closely_memcpy(call.to, call.from, call.size);
  }
}

bool is_look(const char* call) {
  const std::string_view name = call == nullptr ? "" : call;
  return name == "memset" || name == "memcpy";
}

}  // namespace padlock::fuzz
