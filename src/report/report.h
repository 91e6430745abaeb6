// A report as data: what was gathered about a fault, and what that says. The runtime gathers it, diagnose()
// (diagnose/diagnose.h) judges it, a renderer (renderer.h) puts it into words, the sink (sink.h) writes it.
// No malloc, no stdio, no lock in any of them.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "core/fault.h"
#include "report/diagnosis.h"

namespace padlock::report {

/// Of a stack of 64 frames each may have others that were inlined.
inline constexpr std::size_t kMaxFrames = 192;

/// One frame, with whatever is known of it: of a function that was called, or one that was inlined into the
/// function of the frame behind it, at the same pc. Strings are NUL-terminated or null, and owned by the
/// caller.
struct Frame {
  std::uintptr_t pc = 0;      // return address
  const char* module = "";    // path; "" unknown
  std::uintptr_t offset = 0;  // of pc in the module
  const char* build_id = "";
  const char* function = "";  // demangled; "" unknown
  const char* file = "";
  std::uint32_t line = 0;
  bool own_entry = false;  // of Padlock, below a frame that the program had called: the function alone counts
  bool inlined = false;
  bool unloaded = false;   // the module, since: what is at pc now is something else
  bool passes_on = false;  // a wrapper of malloc or the like: the report is about its caller

  /// By what the strings say.
  friend bool operator==(const Frame& a, const Frame& b) noexcept {
    const auto same = [](const char* one, const char* other) { return text_of(one) == text_of(other); };
    return a.pc == b.pc && a.offset == b.offset && a.line == b.line && a.own_entry == b.own_entry &&
           a.inlined == b.inlined && a.unloaded == b.unloaded && a.passes_on == b.passes_on &&
           same(a.module, b.module) && same(a.build_id, b.build_id) && same(a.function, b.function) &&
           same(a.file, b.file);
  }
  static std::string_view text_of(const char* text) noexcept {
    return text == nullptr ? std::string_view() : std::string_view(text);
  }
};

struct Stack {
  Frame frames[kMaxFrames];
  std::size_t depth = 0;

  [[nodiscard]] const Frame* begin() const noexcept { return frames; }
  [[nodiscard]] const Frame* end() const noexcept { return frames + std::min(depth, kMaxFrames); }
  friend bool operator==(const Stack& a, const Stack& b) noexcept { return std::ranges::equal(a, b); }
};

struct Thread {
  std::uint16_t index = 0;     // Padlock's own, from 1 in order of first use; 0: unknown
  std::int32_t system_id = 0;  // gettid
  char name[16] = {};
  bool of_parent = false;  // of a process that this one was forked from

  friend bool operator==(const Thread&, const Thread&) = default;
};

/// A value found in overwriting bytes that looks like a pointer into a block.
struct Pointee {
  std::uintptr_t value = 0;  // 0: none
  core::BlockSnapshot block;

  friend bool operator==(const Pointee&, const Pointee&) = default;
};

/// The allocator that a foreign pointer may have come from.
struct OtherAllocator {
  enum class Whose : std::uint8_t {
    kUnknown,
    kLibc,    // for certain
    kModule,  // perhaps: the process has it
  };
  Whose whose = Whose::kUnknown;
  char module[64] = {};  // without folders

  friend bool operator==(const OtherAllocator&, const OtherAllocator&) = default;
};

/// How the process runs, as far as advice depends on it.
struct Conditions {
  /// What became of the names of frames.
  enum class Names : std::uint8_t {
    kLookedUp,
    kNotWanted,  // symbolize=0
    kConfined,   // a filter of system calls forbids to look
    kNoFiles,    // the files of modules are not to be found: a chroot, or removed
    kNoAnswer,   // the symbolizer took too long, or failed
  };

  Names names = Names::kLookedUp;
  bool checks_each_allocation = false;  // check_interval=1
  bool is_pinpointed = false;           // a run of `padlock pinpoint`
  bool addresses_repeat = false;        // from run to run, or in the debugger that is there

  friend bool operator==(const Conditions&, const Conditions&) = default;
};

/// The signal that had come when the heap was checked for the last time.
struct EndingSignal {
  enum class Access : std::uint8_t {
    kNone,  // it was sent, or has no address
    kRead,
    kWrite,
    kJump,
  };
  std::int32_t signal = 0;  // 0: none
  Access access = Access::kNone;
  std::uintptr_t address = 0;  // that could not be accessed
  bool handled = false;        // by a handler of the program's, which may go on: abort() alone

  [[nodiscard]] bool present() const noexcept { return signal != 0; }
  friend bool operator==(const EndingSignal&, const EndingSignal&) = default;
};

/// Everything that a renderer needs.
struct Report {
  core::Fault fault;
  EndingSignal ending;
  std::int32_t process = 0;
  Thread detected_by;
  Thread allocated_by;  // of Fault::block
  Thread freed_by;
  Stack detected;
  Stack allocated;
  Stack freed;
  core::Call freed_by_call =
      core::Call::kNone;         // that stack called this to resize the block, as its code shows
  Stack neighbour_allocated;     // of Fault::neighbour
  std::uint64_t number_now = 0;  // allocations so far
  std::uint64_t number_batch =
      0;  // several threads have taken this many numbers at a time; 0: none is left out
  std::uint64_t number_last_good = 0;  // the block was verified sound when so many had been made
  core::BlockSnapshot
      earlier;  // freed, and gone by the time that Fault::block came to be where the fault lies
  Pointee pointee;
  Stack pointee_allocated;
  char pointer_module[256] = {};  // for an invalid free of a static or foreign pointer: what is mapped there
  OtherAllocator other_allocator;
  // For an alloc-dealloc mismatch: the names, without folders, of the files whose code made the two calls; ""
  // unknown.
  char allocating_module[64] = {};
  char releasing_module[64] = {};
  Conditions conditions;
  Diagnosis diagnosis;

  friend bool operator==(const Report&, const Report&) = default;
};

/// The stack and the thread that a role stands for; the thread is null where reports do not name it.
const Stack& stack_of(const Report& report, StackRole role) noexcept;
const Thread* thread_of(const Report& report, StackRole role) noexcept;

/// The frame that says best where a stack that is not empty was made: the innermost one, unless it is a
/// function of the C++ library that was inlined.
const Frame& place_of(const Stack& stack) noexcept;

/// A character array that may lack its NUL.
template <std::size_t kSize>
std::string_view bounded(const char (&text)[kSize]) noexcept {
  std::size_t length = 0;
  while (length < kSize && text[length] != '\0') ++length;
  return {text, length};
}

}  // namespace padlock::report
