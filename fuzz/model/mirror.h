// A copy of the regions, as they were when the rules were last verified: what has not changed since, neither
// there nor in what the model knows of it, needs no second look. That is no matter of chance: every byte is
// compared.
#pragma once

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "model/layout.h"
#include "model/stage.h"

namespace padlock::fuzz {

class Mirror {
 public:
  /// What the model says of bytes in [begin, end) is no longer what it was.
  void note(std::uintptr_t begin, std::uintptr_t end) noexcept;
  void note_all() noexcept;

  /// Compares the memory of the blocks with the copy, which becomes what is there. `previous`: the layout at
  /// the time of the update before.
  void update(const Stage& stage, const Layout& layout, const Layout& previous);
  /// After the rules were verified: nothing has changed so far.
  void settle() noexcept;

  /// Whether the block, which is the one at `index` of the layout, or anything that is said of it may have
  /// changed.
  [[nodiscard]] bool changed(std::size_t index, const core::BlockSnapshot& block) const noexcept;

 private:
  static constexpr std::size_t kPiece = 128;
  static constexpr std::size_t kPieces = Stage::kMaxRegionBytes / kPiece;

  /// A region's part of the copy. Regions never change while a stage lasts.
  struct Part {
    std::uintptr_t begin = 0;
    std::size_t known = 0;  // bytes that have been copied
    std::bitset<kPieces> changed;
  };

  void compare(Part& part, std::byte* copy, std::size_t used) noexcept;
  [[nodiscard]] bool changed(std::uintptr_t begin, std::uintptr_t end) const noexcept;

  std::array<Part, Stage::kMaxRegions> parts_;
  std::size_t part_count_ = 0;
  std::vector<bool> other_;  // by index: a block of another state or extent than before
};

}  // namespace padlock::fuzz
