// Where the depot's index has its levels.
#include "trace/depot_index.h"

#include <bit>

namespace padlock::trace {

// The last level alone has twice as many links as there are ids, to the next power of two: so few of its
// lines are full that no id is left without a line.
template <typename Take>
void DepotIndex::for_each_level(std::size_t ids, const Take& take) noexcept {
  const std::size_t lines = 2 * ids / DepotLine::kLinks;
  const unsigned last = lines <= 2 ? 1 : static_cast<unsigned>(std::bit_width(lines - 1));
  for (unsigned bits = kFirstBits; bits + kStepBits <= last; bits += kStepBits) take(bits);
  take(last);
}

std::size_t DepotIndex::bytes_for(std::size_t ids) noexcept {
  std::size_t lines = kSpill;
  for_each_level(ids, [&](unsigned bits) { lines += std::size_t{1} << bits; });
  return lines * sizeof(DepotLine);
}

void DepotIndex::init(void* memory, std::size_t ids) noexcept {
  auto* lines = static_cast<DepotLine*>(memory);
  levels_ = 0;
  for_each_level(ids, [&](unsigned bits) {
    level_[levels_++] = {lines, 64 - bits};
    lines += std::size_t{1} << bits;
  });
}

}  // namespace padlock::trace
