// What the library of a program that `padlock pinpoint` traces tells the command: which pages it is to watch.
// Both lie in different processes, so this is plain data of a fixed layout, read out of the program's memory.
#pragma once

#include <cstdint>

namespace padlock {

struct WatchMessage {
  enum class What : std::uint64_t {
    kWatch = 1,  // protect the pages from now on, and look at every write to them
    kForget,     // make them accessible again: the block is about to be freed, resized or moved
  };

  static constexpr std::uint64_t kMark = 0x6b63'6f6c'6461'5077;  // "wPadlock": no other's signal
  /// The code of the SIGTRAP that comes with the message: one that no kernel and no other program uses.
  static constexpr int kSignalCode = -4242;

  std::uint64_t mark = kMark;
  What what = What::kWatch;
  std::uint64_t page = 0;  // addresses, of one page or a few
  std::uint64_t page_end = 0;
  std::uint64_t user = 0;  // what the program may write to
  std::uint64_t user_end = 0;
  std::uint64_t data = 0;  // that and what belongs to the block around it, which stays as it is
  std::uint64_t data_end = 0;
};

}  // namespace padlock
