// Buffers that grow as they are appended to, by half of their size or by a constant, eight at a time.
#include <array>

#include "kernels.h"

namespace bench {
namespace {

class Buffer {
 public:
  void append(std::uint64_t value, bool geometric) {
    if (used_ == capacity_) {
      capacity_ += geometric ? capacity_ / 2 + 2 : 16;
      words_ = static_cast<std::uint64_t*>(checked(std::realloc(words_, capacity_ * sizeof(value))));
    }
    words_[used_++] = value;
  }

  std::uint64_t take() {
    std::uint64_t sum = 0;
    for (std::size_t at = 0; at < used_; ++at) sum = sum * 31 + words_[at];
    std::free(words_);
    *this = {};
    return sum;
  }

 private:
  std::uint64_t* words_ = nullptr;
  std::size_t used_ = 0;
  std::size_t capacity_ = 0;
};

}  // namespace

std::uint64_t growing_reallocs(const Parameters& parameters) {
  std::array<Buffer, 8> buffers;
  std::uint64_t sum = 0;
  Random random(4);
  for (std::uint64_t round = parameters.times(50'000); round != 0; --round) {
    // One in 256 gets past 64 KiB; most stay below 1 KiB, as strings and vectors of programs do.
    const std::size_t length = random.below(256) == 0 ? 12'000 : random.size(2, 7);
    for (std::size_t at = 0; at < length; ++at)
      for (std::size_t which = 0; which < buffers.size(); ++which)
        buffers[which].append(at * round, which % 2 == 0 || length > 1000);
    for (Buffer& buffer : buffers) sum += buffer.take();
  }
  return sum;
}

}  // namespace bench
