// The calls of the malloc family, as the program makes them: through the names that an allocator may have
// replaced.
#pragma once

#include <cstddef>

#include "differential/call.h"

namespace padlock::fuzz {

/// What came back from an allocating call.
struct Outcome {
  void* memory = nullptr;
  int error = 0;         // errno afterwards
  int status = 0;        // what posix_memalign returned
  bool threw = false;    // bad_alloc
  bool wrote = false;    // posix_memalign failed and changed its result all the same
  unsigned handled = 0;  // calls of the new handler
};

/// The allocator that serves malloc provides the function itself. (What it does not comes from libc, whose
/// blocks no other allocator can free.)
bool is_provided(Family family) noexcept;

/// Makes an allocating call, with `block` for the two that resize one.
Outcome allocate(const Call& call, void* block) noexcept;
/// Of a block that `family` allocated. `size` and `alignment` as they were asked for.
void release(Family family, bool sized, void* block, std::size_t size, std::size_t alignment) noexcept;
/// free and all operators delete, of null; the usable size of null.
std::size_t do_nothing() noexcept;

}  // namespace padlock::fuzz
