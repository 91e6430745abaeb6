// Stacks made by hand, of frames whose rules are known.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "trace/frame_state.h"

namespace padlock::trace_test {

/// A return address in a function of which each frame has two words, the upper one its caller's address,
/// wherever it is left. `number` is below kFramePcs.
inline constexpr std::uintptr_t kFramePcs = 131'072;
std::uintptr_t frame_pc(std::uintptr_t number);
/// Where that function begins; what lies before it is none.
std::uintptr_t function_start();
/// A return address in a function that has no caller, as its call-frame information says.
std::uintptr_t outermost_pc();
/// A return address of a frame that rules cannot express.
std::uintptr_t hard_pc();

/// Frames, the innermost first, each with its two words; the address of the first is in none. They end with
/// their memory.
class MadeStack {
 public:
  /// The words of frames before this one lie on one page, its own on the next.
  static constexpr std::size_t kOnNextPage = 101;

  explicit MadeStack(std::size_t frames) : memory_(2 * frames + kPage), size_(2 * frames) {
    const std::size_t misplaced = reinterpret_cast<std::uintptr_t>(memory_.data()) / kWord % kPage;
    words_ = memory_.data() + (2 * kPage - misplaced - 2 * (kOnNextPage - 1)) % kPage;
  }

  /// Frame `index` > 0, at `pc`.
  void set(std::size_t index, std::uintptr_t pc) { words_[2 * index - 1] = pc; }
  /// All but the first are at frame_pc(first + index).
  void fill(std::uintptr_t first) {
    for (std::size_t i = 1; i <= size_ / 2; ++i) set(i, frame_pc(first + i));
  }
  /// The frame pointer is null.
  [[nodiscard]] trace::FrameState caller(std::uintptr_t pc) const {
    return {.pc = pc, .sp = begin(), .fp = 0};
  }
  [[nodiscard]] std::uintptr_t begin() const { return reinterpret_cast<std::uintptr_t>(words_); }
  [[nodiscard]] std::uintptr_t end() const { return begin() + size_ * kWord; }

 private:
  static constexpr std::size_t kWord = sizeof(std::uintptr_t);
  static constexpr std::size_t kPage = 4096 / kWord;  // words

  std::vector<std::uintptr_t> memory_;
  std::size_t size_;
  std::uintptr_t* words_;
};

}  // namespace padlock::trace_test
