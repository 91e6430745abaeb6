// From a fault to text. diagnose() is a pure function of plain data; renderers are pure functions of a
// Report; only the sink (sink.h) touches the outside. No malloc, no stdio, no lock in any of them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "core/fault.h"

namespace padlock::report {

inline constexpr std::size_t kMaxFrames = 64;

/// One frame, with whatever is known of it. Strings are NUL-terminated and owned by the caller.
struct Frame {
  std::uintptr_t pc = 0;      // return address
  const char* module = "";    // path; "" unknown
  std::uintptr_t offset = 0;  // of pc in the module
  const char* build_id = "";
  const char* function = "";  // demangled; "" unknown
  const char* file = "";
  std::uint32_t line = 0;
};

struct Stack {
  Frame frames[kMaxFrames];
  std::size_t depth = 0;
};

struct Thread {
  std::uint16_t index = 0;     // Padlock's own, from 1 in order of first use; 0: unknown
  std::int32_t system_id = 0;  // gettid
  char name[16] = {};
};

/// A value found in overwriting bytes or elsewhere that looks like a pointer into a block.
struct Pointee {
  std::uintptr_t value = 0;  // 0: none
  core::BlockSnapshot block;
};

/// Everything that a renderer needs.
struct Report {
  core::Fault fault;
  std::int32_t process = 0;
  Thread detected_by;
  Thread allocated_by;  // of Fault::block
  Thread freed_by;
  Stack detected;
  Stack allocated;
  Stack freed;
  Stack neighbour_allocated;     // of Fault::neighbour
  std::uint64_t number_now = 0;  // allocations so far
  std::uint64_t number_batch =
      0;  // several threads have taken this many numbers at a time; 0: none is left out
  std::uint64_t number_last_good = 0;  // the block was verified sound when so many had been made
  Pointee pointee;
  Stack pointee_allocated;
  char pointer_module[256] = {};  // for an invalid free of a static or foreign pointer: what is mapped there
  char other_allocator[64] =
      {};  // of a foreign pointer: "libc's malloc", or the module of another allocator; "" unknown
  bool other_allocator_certain = false;  // it is known to have given the block
  // For an alloc-dealloc mismatch: the names, without folders, of the files whose code made the two calls; ""
  // unknown.
  char allocating_module[64] = {};
  char releasing_module[64] = {};
};

}  // namespace padlock::report
