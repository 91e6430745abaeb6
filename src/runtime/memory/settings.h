// What was decided when Padlock started; read-only afterwards.
#pragma once

#include <cstddef>
#include <cstdint>

#include "core/block/seal.h"
#include "options/options.h"
#include "os/thread.h"
#include "trace/depot.h"
#include "trace/unwinder.h"

namespace padlock::runtime {

/// The malloc and free that the process uses, and Padlock's malloc.
struct ProcessAllocator {
  void* (*malloc)(std::size_t) noexcept = nullptr;
  void (*free)(void*) noexcept = nullptr;
  void* (*own_malloc)(std::size_t) noexcept = nullptr;
};

struct Settings {
  options::Options options;
  trace::UnwindMode unwind = trace::UnwindMode::kFast;
  bool bystander = false;  // the process uses another malloc, below, which operators new and delete use, too
  ProcessAllocator process_allocator;
  bool aside = false;               // for one of two reasons, every call goes on to the next allocator:
  bool other_padlock = false;       // that is another Padlock, which guards the process and speaks for both;
                                    // otherwise the options exclude this program
  bool passes_foreign = false;      // blocks of other allocators go on to them
  bool unwinder_allocates = false;  // libgcc's, where the program may have registered tables with it
  AddressRange own_code;            // Padlock's; empty where it is linked into the program
  bool check_at_exit = true;        // and at other ends of the process
  bool check_inherited_at_exit = false;      // in a forked child: what it has not touched, too
  core::Keys keys;                           // of every arena
  std::size_t trace_depth = 16;              // frames
  std::size_t large_threshold = 256 * 1024;  // bytes; from here on a block has pages of its own
  std::size_t max_size = SIZE_MAX;           // bytes of one block; more is refused
};

extern constinit Settings settings __attribute__((visibility("hidden")));

/// The process's stacks. Thread-safe.
extern constinit trace::Depot trace_depot;

}  // namespace padlock::runtime
