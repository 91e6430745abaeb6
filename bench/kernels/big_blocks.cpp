// Blocks of 16 KiB to 4 MiB among small ones; a few pages of each are touched, as of images and file buffers.
#include <vector>

#include "kernels.h"

namespace bench {
namespace {

constexpr std::size_t kPage = 4096;

std::uint64_t touch(const Block& block, std::uint64_t value) {
  std::uint64_t sum = 0;
  const std::size_t step = block.size / 8 + kPage;
  for (std::size_t at = 0; at < block.size; at += step) {
    block.bytes[at] = static_cast<unsigned char>(value + at);
    sum += block.bytes[at];
  }
  return sum;
}

}  // namespace

std::uint64_t big_blocks(const Parameters& parameters) {
  std::vector<Block> blocks(64);
  std::uint64_t sum = 0;
  Random random(6);
  for (std::uint64_t turn = parameters.times(50'000); turn != 0; --turn) {
    Block& victim = blocks[random.below(blocks.size())];
    if (victim.bytes != nullptr) sum += victim.bytes[victim.size - 1];
    std::free(victim.bytes);
    victim = make_block(random.below(4) == 0 ? random.size(18, 22) : random.size(14, 18), turn);
    sum += touch(victim, turn);
    for (int small = 0; small < 8; ++small) {
      Block block = make_block(random.size(4, 9), turn);
      sum += take_block(block);
    }
  }
  for (Block& block : blocks) std::free(block.bytes);
  return sum;
}

}  // namespace bench
