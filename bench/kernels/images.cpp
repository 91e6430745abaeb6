// Buffers that are larger than most: of 2 MB, filled, read and freed, as a renderer's; and one that grows by
// 3 % at a time, as some readers' do.
#include <cstring>
#include <vector>

#include "kernels.h"

namespace bench {
namespace {

// A pass over a row of pixels, more than a mere fill.
std::uint64_t blend(const Block& image, std::uint64_t colour) {
  std::uint64_t sum = 0;
  for (std::size_t at = 0; at + 8 <= image.size; at += 8) {
    std::uint64_t pixels = 0;
    std::memcpy(&pixels, image.bytes + at, 8);
    pixels = (pixels >> 1 & 0x7f7f7f7f7f7f7f7fULL) + (colour & 0x7f7f7f7f7f7f7f7fULL);
    std::memcpy(image.bytes + at, &pixels, 8);
    sum += pixels;
  }
  return sum;
}

}  // namespace

std::uint64_t images(const Parameters& parameters) {
  constexpr std::size_t kImage = 2'000'000;
  std::uint64_t sum = 0;
  std::vector<Block> layers(3);
  for (std::uint64_t frame = parameters.times(400); frame != 0; --frame) {
    for (std::size_t i = 0; i < layers.size(); ++i) {
      layers[i] = make_block(kImage + i * 4096, frame);
      std::memset(layers[i].bytes, static_cast<int>(frame + i), layers[i].size);
      sum += blend(layers[i], frame * 0x0101010101010101ULL);
    }
    for (Block& layer : layers) sum += take_block(layer);
  }
  return sum;
}

std::uint64_t large_growth(const Parameters& parameters) {
  std::uint64_t sum = 0;
  for (std::uint64_t round = parameters.times(4); round != 0; --round) {
    Block buffer = make_block(300'000, round);
    while (buffer.size < std::size_t{200} << 20) {
      const std::size_t size = buffer.size + buffer.size / 32 + 4096;
      buffer.bytes = static_cast<unsigned char*>(checked(std::realloc(buffer.bytes, size)));
      std::memset(buffer.bytes + buffer.size, static_cast<int>(round), size - buffer.size);
      buffer.size = size;
      stamp(buffer, size);
    }
    sum += take_block(buffer);
  }
  return sum;
}

}  // namespace bench
