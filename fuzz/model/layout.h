// What the heap's public interface says it consists of, taken between two calls.
#pragma once

#include <cstdint>
#include <vector>

#include "core/heap/heap.h"

namespace padlock::fuzz {

class Layout {
 public:
  static Layout of(const core::Heap& heap);
  /// The same, into memory that is there.
  void take(const core::Heap& heap);

  /// Fills in, for every block whose header cannot be read, what `previous` knew of it.
  void carry_over(const Layout& previous);
  void set_condemned(std::uintptr_t header);

  /// In address order.
  [[nodiscard]] const std::vector<core::BlockSnapshot>& blocks() const noexcept { return blocks_; }
  /// The block whose header is at `header`, the one that holds `address`, and the neighbours that touch a
  /// block; null if there is none.
  [[nodiscard]] const core::BlockSnapshot* at(std::uintptr_t header) const noexcept;
  [[nodiscard]] const core::BlockSnapshot* holding(std::uintptr_t address) const noexcept;
  [[nodiscard]] const core::BlockSnapshot* before(std::uintptr_t header) const noexcept;
  [[nodiscard]] const core::BlockSnapshot* after(const core::BlockSnapshot& block) const noexcept;
  /// The first block whose header is at `header` or behind.
  [[nodiscard]] std::vector<core::BlockSnapshot>::const_iterator first_from(
      std::uintptr_t header) const noexcept;

 private:
  void order_regions();

  std::vector<core::BlockSnapshot> blocks_;
};

inline std::uintptr_t end_of(const core::BlockSnapshot& block) noexcept {
  return block.header + block.block_size;
}
inline bool is_idle(const core::BlockSnapshot& block) noexcept {
  return block.state == core::BlockState::kQuarantined || block.state == core::BlockState::kReady ||
         block.state == core::BlockState::kFree;
}

}  // namespace padlock::fuzz
