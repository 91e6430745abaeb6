// The search: which few changed bytes, put back, make the seal fit.
#include "core/block/header_repair.h"

#include <bit>

namespace padlock::core {
namespace {

// `found` is what a header holds, `was` what it held.
HeaderRepair difference(const HeaderBytes& found, const HeaderBytes& was) noexcept {
  HeaderRepair repair;
  repair.found = true;
  repair.bytes = was;
  repair.first = kHeaderSize;
  for (std::size_t i = 0; i < kHeaderSize; ++i) {
    if (was[i] == found[i]) continue;
    if (repair.first == kHeaderSize) repair.first = i;
    repair.last = i;
  }
  return repair;
}

class Search {
 public:
  Search(const BlockHeader* header, std::uint32_t granules, const Keys& keys,
         std::optional<std::uint32_t> seal) noexcept
      : found_(bytes_of(header)),
        at_(reinterpret_cast<std::uintptr_t>(header)),
        granules_(granules),
        keys_(keys),
        seal_(seal) {
    auto words = std::bit_cast<HeaderWords>(found_);
    if (seal_) header_field::kSeal.put(words, *seal_);
    base_ = std::bit_cast<HeaderBytes>(words);
  }

  /// What the header holds, with the seal that it had where that is known: what is tried is a change of this.
  [[nodiscard]] const HeaderBytes& base() const noexcept { return base_; }
  [[nodiscard]] const HeaderRepair& repair() const noexcept { return repair_; }

  bool holds(const HeaderBytes& bytes) noexcept {
    BlockFields fields;
    if (unpack_header(std::bit_cast<HeaderWords>(bytes), at_, keys_, fields) != HeaderVerdict::kIntact ||
        (granules_ != 0 && fields.granules != granules_)) {
      return false;
    }
    if (seal_ && seal_in(std::bit_cast<HeaderWords>(bytes)) != *seal_) return false;
    // Sound as it is, of another time perhaps: it does not show what was changed.
    if (bytes == found_) return false;
    repair_ = difference(found_, bytes);
    repair_.fields = fields;
    return true;
  }

 private:
  HeaderBytes found_;
  HeaderBytes base_;
  std::uintptr_t at_;
  std::uint32_t granules_;
  const Keys& keys_;
  std::optional<std::uint32_t> seal_;
  HeaderRepair repair_;
};

namespace field = header_field;

// The fields whose values can be listed are the header's last bytes, and its first ones.
static_assert(field::kNumberHigh.word == 3 && field::kNumberHigh.shift == 64 - 8 * kBackRepair);
static_assert((field::kGranules.mask() | field::kState.mask() | field::kOrigin.mask() |
               field::kAlignLog2.mask()) == ~std::uint64_t{0} >> (64 - 8 * kFrontRepair) &&
              field::kGranules.word == 0 && field::kState.word == 0);

// The last bytes: the front canary, and the high part of the allocation number, which is that of the latest
// number, the one before (the block is older than the latest 2^32), or none was ever counted.
bool back_holds(Search& search, std::uintptr_t user, std::uint64_t number, const Keys& keys) noexcept {
  const std::uint64_t latest = number >> field::kNumberLow.width;
  for (const std::uint64_t number_high : {latest, latest - 1, std::uint64_t{0}}) {
    auto words = std::bit_cast<HeaderWords>(search.base());
    field::kNumberHigh.put(words, number_high);
    field::kFrontCanary.put(words, front_canary_of(user, keys));
    if (search.holds(std::bit_cast<HeaderBytes>(words))) return true;
  }
  return false;
}

// The first bytes: the length is known, and there are few states, origins and alignments.
bool front_holds(Search& search, std::uint32_t granules) noexcept {
  constexpr unsigned kStates = static_cast<unsigned>(BlockState::kBlank) + 1;
  constexpr unsigned kOrigins = static_cast<unsigned>(Origin::kAligned) + 1;
  constexpr unsigned kAlignments = 31;
  for (unsigned guess = 0; guess < kStates * kOrigins * kAlignments; ++guess) {
    auto words = std::bit_cast<HeaderWords>(search.base());
    field::kGranules.put(words, granules);
    field::kState.put(words, guess % kStates);
    field::kOrigin.put(words, guess / kStates % kOrigins);
    field::kAlignLog2.put(words, guess / (kStates * kOrigins));
    if (search.holds(std::bit_cast<HeaderBytes>(words))) return true;
  }
  return false;
}

std::uint32_t found_seal(const HeaderBytes& bytes) noexcept {
  return seal_in(std::bit_cast<HeaderWords>(bytes));
}

std::uint32_t computed_seal(const HeaderBytes& bytes, std::uintptr_t at, const Keys& keys) noexcept {
  return seal_for(std::bit_cast<HeaderWords>(bytes), at, keys);
}

// A checksum is linear: what a change of a byte does to the seal is the sum of what its bits do, so the
// 255 changes of a byte cost eight checksums.
void try_byte(Search& search, std::size_t index, std::uintptr_t at, const Keys& keys) noexcept {
  HeaderBytes bytes = search.base();
  const std::uint32_t seal = computed_seal(bytes, at, keys);
  const std::uint32_t wanted = seal ^ found_seal(bytes);
  std::array<std::uint32_t, 256> effect{};
  for (unsigned change = 1; change < 256; ++change) {
    const unsigned lowest = change & (0U - change);
    bytes[index] = static_cast<std::uint8_t>(search.base()[index] ^ change);
    effect[change] =
        change == lowest ? computed_seal(bytes, at, keys) ^ seal : effect[lowest] ^ effect[change ^ lowest];
    if (effect[change] == wanted && search.holds(bytes)) return;
  }
}

void try_single_bytes(Search& search, std::uintptr_t at, const Keys& keys) noexcept {
  constexpr std::size_t kSealBegin = (field::kSeal.word * 64 + field::kSeal.shift) / 8;
  constexpr std::size_t kSealEnd = kSealBegin + field::kSeal.width / 8;
  const std::uint32_t seal = computed_seal(search.base(), at, keys);
  for (std::size_t i = 0; i < kHeaderSize && !search.repair().found; ++i) {
    if (i < kSealBegin || i >= kSealEnd) {
      try_byte(search, i, at, keys);
    } else {
      HeaderBytes bytes = search.base();
      bytes[i] = static_cast<std::uint8_t>(seal >> (8 * (i - kSealBegin)));
      search.holds(bytes);
    }
  }
}

}  // namespace

HeaderBytes bytes_of(const BlockHeader* header) noexcept {
  return std::bit_cast<HeaderBytes>(load_header(header));
}

HeaderRepair repair_header(const BlockHeader* header, std::uint32_t granules, std::uint64_t number,
                           const Keys& keys, std::optional<std::uint32_t> seal) noexcept {
  Search search(header, granules, keys, seal);
  const auto user = reinterpret_cast<std::uintptr_t>(header->user());
  if (!search.holds(search.base()) && !back_holds(search, user, number, keys) &&
      (granules == 0 || !front_holds(search, granules))) {
    try_single_bytes(search, reinterpret_cast<std::uintptr_t>(header), keys);
  }
  return search.repair();
}

HeaderRepair repair_to(const BlockHeader* header, const HeaderWords& known) noexcept {
  const HeaderBytes found = bytes_of(header);
  const auto was = std::bit_cast<HeaderBytes>(known);
  if (found == was) return {};
  HeaderRepair repair = difference(found, was);
  repair.fields = fields_of(known);
  return repair;
}

std::size_t least_overrun(const BlockHeader* header, const Keys& keys) noexcept {
  const HeaderBytes bytes = bytes_of(header);
  const std::uint16_t front = front_canary_of(reinterpret_cast<std::uintptr_t>(header->user()), keys);
  if (bytes[kHeaderSize - 1] != static_cast<std::uint8_t>(front >> 8)) return kHeaderSize;
  if (bytes[kHeaderSize - 2] != static_cast<std::uint8_t>(front)) return kHeaderSize - 1;
  return kFrontRepair + 1;
}

}  // namespace padlock::core
