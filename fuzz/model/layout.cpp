// Reading a layout from a heap, and finding blocks in it.
#include "model/layout.h"

#include <algorithm>

namespace padlock::fuzz {
namespace {

class Collector final : public core::BlockVisitor {
 public:
  explicit Collector(std::vector<core::BlockSnapshot>& blocks) noexcept : blocks_(blocks) {}
  void visit(const core::BlockSnapshot& block) override { blocks_.push_back(block); }

 private:
  std::vector<core::BlockSnapshot>& blocks_;
};

bool by_address(const core::BlockSnapshot& a, const core::BlockSnapshot& b) noexcept {
  return a.header < b.header;
}

}  // namespace

Layout Layout::of(const core::Heap& heap) {
  Layout layout;
  layout.take(heap);
  return layout;
}

void Layout::take(const core::Heap& heap) {
  blocks_.clear();
  Collector collector(blocks_);
  heap.walk(collector);
  if (!std::is_sorted(blocks_.begin(), blocks_.end(), by_address))
    std::sort(blocks_.begin(), blocks_.end(), by_address);
}

std::vector<core::BlockSnapshot>::const_iterator Layout::lower(std::uintptr_t header) const noexcept {
  core::BlockSnapshot key;
  key.header = header;
  return std::lower_bound(blocks_.begin(), blocks_.end(), key, by_address);
}

const core::BlockSnapshot* Layout::at(std::uintptr_t header) const noexcept {
  const auto found = lower(header);
  return found != blocks_.end() && found->header == header ? &*found : nullptr;
}

const core::BlockSnapshot* Layout::holding(std::uintptr_t address) const noexcept {
  const auto above = lower(address + 1);
  if (above == blocks_.begin()) return nullptr;
  const core::BlockSnapshot& block = *(above - 1);
  return address < end_of(block) ? &block : nullptr;
}

const core::BlockSnapshot* Layout::before(std::uintptr_t header) const noexcept {
  const core::BlockSnapshot* block = holding(header - 1);
  return block != nullptr && end_of(*block) == header ? block : nullptr;
}

const core::BlockSnapshot* Layout::after(const core::BlockSnapshot& block) const noexcept {
  return at(end_of(block));
}

void Layout::carry_over(const Layout& previous) {
  for (core::BlockSnapshot& block : blocks_) {
    const core::BlockSnapshot* known = block.sealed ? nullptr : previous.at(block.header);
    if (known == nullptr) continue;
    const std::uint64_t size = block.block_size;
    block = *known;
    block.block_size = size;
    block.sealed = false;
  }
}

void Layout::set_condemned(std::uintptr_t header) {
  for (core::BlockSnapshot& block : blocks_) {
    if (block.header == header) block.state = core::BlockState::kCondemned;
  }
}

}  // namespace padlock::fuzz
