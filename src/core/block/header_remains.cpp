// Each field held against what is known without the header.
#include "core/block/header_remains.h"

#include <algorithm>
#include <bit>

#include "core/block/damage.h"
#include "core/block/pattern.h"

namespace padlock::core {
namespace {

namespace field = header_field;

constexpr std::size_t byte_of(const HeaderField& at) { return 8 * at.word + at.shift / 8; }

constexpr std::size_t kSealEnd = byte_of(field::kSeal) + field::kSeal.width / 8;

class Reader {
 public:
  Reader(const BlockHeader* header, std::uint32_t granules, const Keys& keys) noexcept
      : header_(header), granules_(granules), keys_(keys), found_(bytes_of(header)) {}

  HeaderRemains read(std::uint64_t number, bool live) noexcept {
    front();
    for (std::size_t i = 0; i < field::kGranules.width / 8; ++i) {
      know(byte_of(field::kGranules) + i, static_cast<std::uint8_t>(granules_ >> (8 * i)));
    }
    at_most(field::kNumberHigh, number >> field::kNumberLow.width);
    remains_.fields = fields_of(restored());
    if (number >> field::kNumberLow.width == 0) at_most(field::kNumberLow, number);
    if (live) read_live(number);
    return remains_;
  }

 private:
  void know(std::size_t index, std::uint8_t was) noexcept {
    remains_.known[index] = true;
    remains_.bytes[index] = was;
    remains_.changed[index] = found_[index] != was;
  }

  void front() noexcept {
    const std::uint16_t front = front_canary_of(address_of(header_->user()), keys_);
    know(kHeaderSize - 2, static_cast<std::uint8_t>(front));
    know(kHeaderSize - 1, static_cast<std::uint8_t>(front >> 8));
  }

  // Of a field that was at most `most` the bytes above those that `most` needs were zero, and the highest of
  // these was not greater than that of `most`. For fields of whole bytes.
  void at_most(const HeaderField& at, std::uint64_t most) noexcept {
    if (most > at.most()) return;  // numbers that began anew
    const std::size_t begin = byte_of(at);
    for (std::size_t i = at.width / 8; i > 0; --i) {
      const auto limit = static_cast<std::uint8_t>(most >> (8 * (i - 1)));
      if (limit != 0) {
        if (found_[begin + i - 1] > limit) remains_.changed[begin + i - 1] = true;
        return;
      }
      know(begin + i - 1, 0);
    }
  }

  void read_live(std::uint64_t number) noexcept {
    const std::size_t capacity = capacity_of(granules_);
    at_most(field::kRequested, capacity - kMinPadding);
    at_most(field::kFreeTrace, 0);
    at_most(field::kFreeThread, 0);
    if (const auto padding = padding_remains(header_, granules_, keys_)) {
      remains_.requested = padding->requested;
      for (std::size_t i = 0; i < field::kSeal.width / 8; ++i) {
        know(byte_of(field::kSeal) + i, static_cast<std::uint8_t>(padding->seal >> (8 * i)));
      }
    }
    const BlockFields& fields = remains_.fields;
    remains_.legible = fits(fields) && fields.free_trace == 0;
    const bool owned = fields.free_thread == 0 && fields.number != 0 && fields.number <= number;
    const bool high_is_known = number >> field::kNumberLow.width == 0;  // it stands beside the canary
    remains_.numbered = remains_.legible && owned && high_is_known;
  }

  [[nodiscard]] bool fits(const BlockFields& fields) const noexcept {
    constexpr std::uint8_t kMostAlignment = 30;
    if (fields.granules != granules_ || fields.state != BlockState::kLive) return false;
    if (fields.origin > Origin::kAligned || fields.align_log2 > kMostAlignment) return false;
    const std::uintptr_t below = (std::uintptr_t{1} << fields.align_log2) - 1;
    return (address_of(header_->user()) & below) == 0 && fits_padding(fields.requested);
  }

  // The last byte of the data looks like padding once in 256 blocks.
  [[nodiscard]] bool fits_padding(std::uint64_t requested) const noexcept {
    return remains_.requested && requested - *remains_.requested <= 1;
  }

  // What stands behind the seal as it was.
  [[nodiscard]] HeaderWords restored() const noexcept {
    HeaderBytes bytes = found_;
    for (std::size_t i = kSealEnd; i < kHeaderSize; ++i) {
      if (remains_.known[i]) bytes[i] = remains_.bytes[i];
    }
    return std::bit_cast<HeaderWords>(bytes);
  }

  const BlockHeader* header_;
  std::uint32_t granules_;
  const Keys& keys_;
  HeaderBytes found_;
  HeaderRemains remains_;
};

}  // namespace

namespace {

bool is_fill_of(const BlockHeader* header, std::size_t first, std::size_t end) noexcept {
  return is_fill({address_of(header) + first, address_of(header) + end});
}

}  // namespace

bool HeaderRemains::is_run(const BlockHeader* header, std::size_t first, std::size_t end) const noexcept {
  const auto* const from = changed.begin() + first;
  const bool all = std::ranges::all_of(from, changed.begin() + end, [](bool has) { return has; });
  return all || is_fill_of(header, first, end);
}

bool HeaderRemains::may_be_run(const BlockHeader* header, std::size_t first, std::size_t end) const noexcept {
  if (is_fill_of(header, first, end)) return true;
  for (std::size_t i = first; i < end; ++i) {
    if (known[i] && !changed[i]) return false;
  }
  return true;
}

std::size_t HeaderRemains::count_changed() const noexcept {
  return static_cast<std::size_t>(std::ranges::count(changed, true));
}

HeaderRemains remains_of(const BlockHeader* header, std::uint32_t granules, std::uint64_t number, bool live,
                         const Keys& keys) noexcept {
  return Reader(header, granules, keys).read(number, live);
}

std::optional<PaddingRemains> padding_remains(const BlockHeader* header, std::uint32_t granules,
                                              const Keys& keys) noexcept {
  if (granules < kMinBlockGranules) return std::nullopt;  // a stretch too short for a block
  const std::byte* const user = header->user();
  PaddingRemains remains;
  remains.requested = capacity_of(granules) - kMinPadding;
  const std::uint64_t canary = load_word(user + remains.requested);
  const std::optional<std::uint32_t> seal = seal_of_canary(canary, keys);
  if (!seal) return std::nullopt;
  remains.seal = *seal;
  while (remains.requested > 0 &&
         user[remains.requested - 1] == std::byte{pattern_byte(canary, remains.requested - 1)}) {
    --remains.requested;
  }
  return remains;
}

}  // namespace padlock::core
