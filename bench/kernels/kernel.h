// What every kernel is made of: its entry in the table, a random generator, stamped blocks.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdlib>

namespace bench {

struct Parameters {
  double scale = 1;           // of the amount of work; 1 takes 0.5 to 1 s under glibc
  unsigned threads = 2;       // of kernels that start any; each does the whole work
  std::size_t megabytes = 0;  // live heap of `live-heap`; 0: its default

  [[nodiscard]] std::uint64_t times(std::uint64_t count) const {
    return static_cast<std::uint64_t>(static_cast<double>(count) * scale) + 1;
  }
};

/// Returns a checksum of what was read back from the blocks: the same under every correct allocator.
using Kernel = std::uint64_t (*)(const Parameters& parameters);

// xorshift64* (Vigna, "An experimental exploration of Marsaglia's xorshift generators, scrambled").
class Random {
 public:
  explicit Random(std::uint64_t seed) : state_(seed * 0x9e3779b97f4a7c15ULL + 1) {}

  std::uint64_t next() {
    state_ ^= state_ >> 12;
    state_ ^= state_ << 25;
    state_ ^= state_ >> 27;
    return state_ * 0x2545f4914f6cdd1dULL;
  }
  /// Uniform in [0, bound), as far as a multiplication makes it.
  std::size_t below(std::size_t bound) {
    return static_cast<std::size_t>(((next() >> 32) * static_cast<std::uint64_t>(bound)) >> 32);
  }
  /// Log-uniform in [1 << low, 1 << high): as many blocks of 16 to 32 bytes as of 512 to 1024.
  std::size_t size(unsigned low, unsigned high) {
    const std::size_t base = std::size_t{1} << (low + below(high - low));
    return base + below(base);
  }

 private:
  std::uint64_t state_;
};

/// A failed allocation ends the program: a kernel that went on would compare unequal work.
inline void* checked(void* block) {
  if (block == nullptr) std::abort();
  return block;
}

/// A block that carries its stamp at both ends, as programs touch what they allocate. `size` is 8 or more.
struct Block {
  unsigned char* bytes = nullptr;
  std::size_t size = 0;
};

inline void stamp(const Block& block, std::uint64_t value) {
  *reinterpret_cast<std::uint64_t*>(block.bytes) = value;
  block.bytes[block.size - 1] = static_cast<unsigned char>(value);
}

inline Block make_block(std::size_t size, std::uint64_t value) {
  const Block block{static_cast<unsigned char*>(checked(std::malloc(size))), size};
  stamp(block, value);
  return block;
}

/// Both ends of the stamp, and the block is gone.
inline std::uint64_t take_block(Block& block) {
  if (block.bytes == nullptr) return 0;
  const std::uint64_t value = *reinterpret_cast<std::uint64_t*>(block.bytes) + block.bytes[block.size - 1];
  std::free(block.bytes);
  block = {};
  return value;
}

}  // namespace bench
