// Reading a layout from a heap, and finding blocks in it.
#include "model/layout.h"

#include <algorithm>
#include <utility>

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
  order_regions();
}

// Each region's blocks come in order, the regions may not.
void Layout::order_regions() {
  std::vector<std::size_t> ends;
  for (std::size_t i = 1; i < blocks_.size(); ++i) {
    if (by_address(blocks_[i], blocks_[i - 1])) ends.push_back(i);
  }
  if (ends.empty()) return;
  ends.push_back(blocks_.size());
  std::vector<std::pair<std::size_t, std::size_t>> runs;
  for (std::size_t begin = 0; const std::size_t end : ends) {
    runs.emplace_back(begin, end);
    begin = end;
  }
  std::sort(runs.begin(), runs.end(),
            [&](const auto& a, const auto& b) { return by_address(blocks_[a.first], blocks_[b.first]); });
  std::vector<core::BlockSnapshot> ordered;
  ordered.reserve(blocks_.size());
  for (const auto& [begin, end] : runs)
    ordered.insert(ordered.end(), blocks_.begin() + static_cast<std::ptrdiff_t>(begin),
                   blocks_.begin() + static_cast<std::ptrdiff_t>(end));
  blocks_ = std::move(ordered);
  if (!std::is_sorted(blocks_.begin(), blocks_.end(), by_address))
    std::sort(blocks_.begin(), blocks_.end(), by_address);
}

std::vector<core::BlockSnapshot>::const_iterator Layout::first_from(std::uintptr_t header) const noexcept {
  return std::partition_point(blocks_.begin(), blocks_.end(),
                              [&](const core::BlockSnapshot& block) { return block.header < header; });
}

const core::BlockSnapshot* Layout::at(std::uintptr_t header) const noexcept {
  const auto found = first_from(header);
  return found != blocks_.end() && found->header == header ? &*found : nullptr;
}

const core::BlockSnapshot* Layout::holding(std::uintptr_t address) const noexcept {
  const auto above = first_from(address + 1);
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
