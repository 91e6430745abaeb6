// What a runtime program says: one step of five bytes after the other, each made by one of four threads.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>
#include <vector>

namespace padlock::fuzz {

enum class Action : std::uint8_t {
  kAllocate,
  kAllocateZeroed,
  kAllocateAligned,
  kAllocatePosix,
  kFree,
  kReallocate,
  kUsableSize,
  kFill,
  kCheck,
  kTrim,
  kTogether,  // the next steps are made by all threads at once; some end in the meantime
  kEndThread,
  kGuards,  // which blocks are guarded from now on
  // Misuse
  kOverflow,
  kUnderflow,
  kDoubleFree,
  kInteriorFree,
  kWildFree,
  kMismatchedFree,
  kMisSizedFree,
  kWriteAfterFree,
  kResizeFreed,
  kProbe,   // an access that would trap: what it would be reported as
  kFork,    // a child process looks at its thread's blocks, and uses the heap
  kSignal,  // its handler runs in the midst of what the thread does from here on
  kLook,    // a function of libc is called with a block, as the wrappers look at it
  kIdle,    // much is freed, and time goes by until it is due to go back to the system
};
inline constexpr std::size_t kActions = 27;
/// The first so many are what threads may do at the same time, and kFork, kSignal and kLook.
inline constexpr std::size_t kConcurrentActions = 10;
/// The byte that stands for kFork; those below it stand for the actions behind it. Any other byte is a number
/// modulo that of the actions before kFork.
inline constexpr std::uint8_t kForkByte = 0xFF;

inline constexpr std::size_t kThreads = 4;
inline constexpr std::size_t kHeld = 64;  // blocks that the program has at a time, each in a place of its own

struct Step {
  Action action = Action::kAllocate;
  std::uint8_t thread = 0;  // < kThreads
  std::uint8_t place = 0;   // < kHeld
  std::uint16_t size = 0;
  std::uint8_t extra = 0;

  /// Whether threads may do it at the same time.
  [[nodiscard]] bool is_concurrent() const noexcept {
    return static_cast<std::size_t>(action) < kConcurrentActions || action == Action::kFork ||
           action == Action::kSignal || action == Action::kLook;
  }
  /// Bytes: mostly small, some thousands, or beyond the threshold of large blocks.
  [[nodiscard]] std::size_t bytes() const noexcept;
};

inline constexpr std::size_t kMostSteps = 200;

/// Every byte string is a script.
std::vector<Step> decode_script(std::span<const std::uint8_t> bytes);
std::string to_text(const Step& step);
/// A C++ test to paste into tests/runtime/scripts_test.cpp.
std::string to_test(const std::vector<Step>& script);

}  // namespace padlock::fuzz
