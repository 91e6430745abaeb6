// Memory of other allocators in the process: whose it may be, and passing it on to them.
#pragma once

#include <cstddef>
#include <cstdint>

#include "os/modules.h"
#include "report/report.h"
#include "runtime/holders/place.h"

namespace padlock::runtime {

/// The functions that come after Padlock's where symbols are looked up: another allocator's, or else libc's.
struct NextAllocator {
  void* (*malloc)(std::size_t) noexcept = nullptr;
  void* (*calloc)(std::size_t, std::size_t) noexcept = nullptr;
  void* (*memalign)(std::size_t, std::size_t) noexcept = nullptr;
  void* (*realloc)(void*, std::size_t) noexcept = nullptr;
  void (*free)(void*) noexcept = nullptr;
  std::size_t (*usable_size)(void*) noexcept = nullptr;
};

/// Looks the functions up, at start-up; false where there are none, as where Padlock is linked into the
/// program.
bool find_next_allocator() noexcept;
/// Where malloc is that of another Padlock, which comes before this one: the program's, which libpadlock.a is
/// linked into. Then the next allocator is that one, and true is returned. At start-up; makes no system call
/// that a filter would not expect.
bool find_other_padlock() noexcept;
/// Only where one of the two found it.
const NextAllocator& next_allocator() noexcept;

/// Where the options say to pass blocks of other allocators on, and `pointer` may be one: mapped, and neither
/// Padlock's nor a stack's nor a module's. Takes an instant (/proc/self/maps is read). Null where not.
const NextAllocator* passes_on(const Place& place, const void* pointer) noexcept;

/// The allocator that a pointer into `mapping`, which is none of Padlock's, came from: libc's where its
/// bookkeeping in front of the pointer, or the place, says so; otherwise perhaps one that the process has.
report::OtherAllocator find_other_allocator(std::uintptr_t pointer, const os::Mapping& mapping) noexcept;

}  // namespace padlock::runtime

/// The shared library's edge has it (preload/start_shared.cpp): all members, or false.
extern "C" bool padlock_find_next_allocator(padlock::runtime::NextAllocator& next) noexcept
    __attribute__((weak, visibility("hidden")));
/// As above: the functions that the process's calls are bound to, its own ones or others in front of them.
extern "C" void padlock_find_process_allocator(padlock::runtime::NextAllocator& process) noexcept
    __attribute__((weak, visibility("hidden")));
