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
    gap_ = seal_for(words, at_, keys_) ^ seal_in(words);
  }

  /// What the header holds, with the seal that it had where that is known: what is tried is a change of this.
  [[nodiscard]] const HeaderBytes& base() const noexcept { return base_; }
  /// How far the seal is from fitting that.
  [[nodiscard]] std::uint32_t gap() const noexcept { return gap_; }
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
  std::uint32_t gap_ = 0;
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

// What each bit of a header, but for the seal's own, does to the seal. A checksum is linear: that does not
// depend on the other bits, nor on the key. Bits go into it from the lowest one of the first word on
// (seal_for()).
using Effects = std::array<std::array<std::uint32_t, 64>, sizeof(HeaderWords) / sizeof(std::uint64_t)>;
consteval Effects effects_of_bits() noexcept {
  constexpr std::uint32_t kPolynomial = 0x82F63B78;  // of CRC-32C, the highest power first
  constexpr unsigned kOtherHalf = 32 - field::kSeal.shift;
  Effects effects{};
  std::uint32_t effect = kPolynomial;  // of the bit that is the last one
  const auto go_back = [&](unsigned word, unsigned begin, unsigned end) {
    for (unsigned bit = end; bit-- > begin;) {
      effects[word][bit] = effect;
      effect = (effect >> 1) ^ ((effect & 1) != 0 ? kPolynomial : 0);
    }
  };
  go_back(field::kSeal.word, kOtherHalf, kOtherHalf + 32);
  for (auto word = static_cast<unsigned>(effects.size()); word-- > 0;) {
    if (word != field::kSeal.word) go_back(word, 0, 64);
  }
  return effects;
}

// Some bits side by side, of which a change may consist. What they do to the seal is independent - it notices
// every burst of up to 32 bits -, so there is at most one change of them that has a given effect.
template <unsigned kBits>
class BitRun {
 public:
  constexpr BitRun() noexcept = default;
  // In each row the lowest bit of the effect is one that no later row has.
  consteval BitRun(const Effects& effects, unsigned word, unsigned shift) noexcept {
    for (unsigned bit = 0; bit < kBits; ++bit) {
      rows_[bit] = {effects[word][shift + bit], std::uint64_t{1} << (shift + bit)};
      for (unsigned i = 0; i < bit; ++i) eliminate(rows_[i], rows_[bit]);
    }
  }

  /// The change, in its word; 0: there is none.
  [[nodiscard]] std::uint64_t change_for(std::uint32_t effect) const noexcept {
    Row wanted{effect, 0};
    for (const Row& row : rows_) eliminate(row, wanted);
    return wanted.effect == 0 ? wanted.change : 0;
  }

 private:
  struct Row {
    std::uint32_t effect = 0;
    std::uint64_t change = 0;
  };
  static constexpr void eliminate(const Row& row, Row& from) noexcept {
    if ((from.effect & row.effect & (0U - row.effect)) == 0) return;
    from.effect ^= row.effect;
    from.change ^= row.change;
  }

  Row rows_[kBits];
};

constexpr unsigned kByteBits = 8;
constexpr unsigned kWordBytes = 8;

constexpr bool is_of_seal(unsigned index) noexcept {
  constexpr std::uint64_t kByte = 0xFF;
  const unsigned shift = index % kWordBytes * kByteBits;
  return index / kWordBytes == field::kSeal.word && (field::kSeal.mask() >> shift & kByte) != 0;
}

struct Bytes {
  BitRun<kByteBits> runs[kHeaderSize];
};
consteval Bytes runs_of_bytes(const Effects& effects) noexcept {
  Bytes bytes;
  for (unsigned i = 0; i < kHeaderSize; ++i) {
    if (!is_of_seal(i)) bytes.runs[i] = {effects, i / kWordBytes, i % kWordBytes * kByteBits};
  }
  return bytes;
}

constexpr Effects kEffects = effects_of_bits();
constexpr Bytes kBytes = runs_of_bytes(kEffects);

std::uint32_t effect_of(unsigned word, std::uint64_t change) noexcept {
  std::uint32_t effect = 0;
  for (; change != 0; change &= change - 1)
    effect ^= kEffects[word][static_cast<unsigned>(std::countr_zero(change))];
  return effect;
}

// The first bytes: the length is known, and there are few states, origins and alignments.
bool front_holds(Search& search, std::uint32_t granules) noexcept {
  constexpr unsigned kWord = field::kGranules.word;
  static_assert(field::kState.shift + field::kState.width == field::kOrigin.shift &&
                field::kOrigin.shift + field::kOrigin.width == field::kAlignLog2.shift);
  static constexpr BitRun<field::kState.width + field::kOrigin.width + field::kAlignLog2.width> kRest(
      kEffects, kWord, field::kState.shift);
  const auto base = std::bit_cast<HeaderWords>(search.base());
  HeaderWords words = base;
  field::kGranules.put(words, granules);
  words[kWord] ^= kRest.change_for(search.gap() ^ effect_of(kWord, words[kWord] ^ base[kWord]));
  constexpr unsigned kAlignments = 31;
  return field::kState.in(words) <= static_cast<unsigned>(BlockState::kBlank) &&
         field::kOrigin.in(words) <= static_cast<unsigned>(Origin::kAligned) &&
         field::kAlignLog2.in(words) < kAlignments && search.holds(std::bit_cast<HeaderBytes>(words));
}

void try_single_bytes(Search& search) noexcept {
  for (unsigned i = 0; i < kHeaderSize && !search.repair().found; ++i) {
    auto words = std::bit_cast<HeaderWords>(search.base());
    const std::uint64_t byte = std::uint64_t{0xFF} << (i % kWordBytes * kByteBits);
    const std::uint64_t change =
        is_of_seal(i) ? field::kSeal.place(search.gap()) & byte : kBytes.runs[i].change_for(search.gap());
    words[i / kWordBytes] ^= change;
    if (change != 0) search.holds(std::bit_cast<HeaderBytes>(words));
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
    try_single_bytes(search);
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
