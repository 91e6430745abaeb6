// The mark of files that have Padlock in them: libpadlock.so, and programs that libpadlock.a is linked into.
// An ELF note, which the loader maps and strip(1) leaves alone.
#pragma once

#include <cstdint>

namespace padlock {

/// The note as it lies in the file; nothing follows the name.
struct FileMark {
  static constexpr std::uint32_t kType = 1;
  static constexpr char kName[] = "Padlock";

  std::uint32_t name_size = sizeof kName;
  std::uint32_t content_size = 0;
  std::uint32_t type = kType;
  char name[sizeof kName] = {'P', 'a', 'd', 'l', 'o', 'c', 'k', '\0'};
};
static_assert(sizeof(FileMark) == 12 + 8);

}  // namespace padlock
