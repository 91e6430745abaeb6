#include "core/block/header_repair.h"

#include <bit>

namespace padlock::core {
namespace {

class Search {
 public:
  Search(const BlockHeader* header, std::uint32_t granules, const Keys& keys) noexcept
      : found_(bytes_of(header)),
        at_(reinterpret_cast<std::uintptr_t>(header)),
        granules_(granules),
        keys_(keys) {}

  [[nodiscard]] const HeaderBytes& found() const noexcept { return found_; }
  [[nodiscard]] const HeaderRepair& repair() const noexcept { return repair_; }

  bool holds(const HeaderBytes& bytes) noexcept {
    BlockFields fields;
    if (unpack_header(std::bit_cast<HeaderWords>(bytes), at_, keys_, fields) != HeaderVerdict::kIntact ||
        (granules_ != 0 && fields.granules != granules_)) {
      return false;
    }
    // Sound as it is, of another time perhaps: nothing tells what was changed.
    if (bytes == found_) return false;
    repair_.found = true;
    repair_.bytes = bytes;
    repair_.fields = fields;
    repair_.first = kHeaderSize;
    for (std::size_t i = 0; i < kHeaderSize; ++i) {
      if (bytes[i] == found_[i]) continue;
      if (repair_.first == kHeaderSize) repair_.first = i;
      repair_.last = i;
    }
    return true;
  }

 private:
  HeaderBytes found_;
  std::uintptr_t at_;
  std::uint32_t granules_;
  const Keys& keys_;
  HeaderRepair repair_;
};

/// The last four bytes: the front canary, and the high part of the allocation number, which is that of the
/// latest number, the one before (the block is older than the latest 2^32), or none was ever counted.
bool back_holds(Search& search, std::uintptr_t user, std::uint64_t number, const Keys& keys) noexcept {
  const auto latest = static_cast<std::uint32_t>((number >> 32) & 0xFFFFU);
  for (const std::uint32_t number_high : {latest, (latest - 1) & 0xFFFFU, 0U}) {
    const std::uint32_t high = number_high | (std::uint32_t{front_canary_of(user, keys)} << 16);
    HeaderBytes bytes = search.found();
    for (std::size_t i = 0; i < kBackRepair; ++i) {
      bytes[kHeaderSize - kBackRepair + i] = static_cast<std::uint8_t>(high >> (8 * i));
    }
    if (search.holds(bytes)) return true;
  }
  return false;
}

/// The first five bytes: the length is known, and there are few states, origins and alignments.
bool front_holds(Search& search, std::uint32_t granules) noexcept {
  constexpr unsigned kStates = static_cast<unsigned>(BlockState::kBlank) + 1;
  constexpr unsigned kOrigins = 4;
  constexpr unsigned kAlignments = 31;
  for (unsigned guess = 0; guess < kStates * kOrigins * kAlignments; ++guess) {
    const std::uint64_t word = granules | (std::uint64_t{guess % kStates} << 28) |
                               (std::uint64_t{guess / kStates % kOrigins} << 31) |
                               (std::uint64_t{guess / (kStates * kOrigins)} << 34);
    HeaderBytes bytes = search.found();
    for (std::size_t i = 0; i < kFrontRepair; ++i) bytes[i] = static_cast<std::uint8_t>(word >> (8 * i));
    if (search.holds(bytes)) return true;
  }
  return false;
}

std::uint32_t found_seal(const HeaderBytes& bytes) noexcept {
  return static_cast<std::uint32_t>(std::bit_cast<HeaderWords>(bytes)[3]);
}

std::uint32_t computed_seal(const HeaderBytes& bytes, std::uintptr_t at, const Keys& keys) noexcept {
  const auto words = std::bit_cast<HeaderWords>(bytes);
  return seal_of(words[0], words[1], words[2], static_cast<std::uint32_t>(words[3] >> 32), at, keys);
}

/// A checksum is linear: what a change of a byte does to the seal is the sum of what its bits do, so the
/// 255 changes of a byte cost eight checksums.
void try_byte(Search& search, std::size_t index, std::uintptr_t at, const Keys& keys) noexcept {
  HeaderBytes bytes = search.found();
  const std::uint32_t seal = computed_seal(bytes, at, keys);
  const std::uint32_t wanted = seal ^ found_seal(bytes);
  std::array<std::uint32_t, 256> effect{};
  for (unsigned change = 1; change < 256; ++change) {
    const unsigned lowest = change & (0U - change);
    bytes[index] = static_cast<std::uint8_t>(search.found()[index] ^ change);
    effect[change] =
        change == lowest ? computed_seal(bytes, at, keys) ^ seal : effect[lowest] ^ effect[change ^ lowest];
    if (effect[change] == wanted && search.holds(bytes)) return;
  }
}

void try_single_bytes(Search& search, std::uintptr_t at, const Keys& keys) noexcept {
  constexpr std::size_t kSealBegin = 24;
  constexpr std::size_t kSealEnd = 28;
  const std::uint32_t seal = computed_seal(search.found(), at, keys);
  for (std::size_t i = 0; i < kHeaderSize && !search.repair().found; ++i) {
    if (i < kSealBegin || i >= kSealEnd) {
      try_byte(search, i, at, keys);
    } else {
      HeaderBytes bytes = search.found();
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
                           const Keys& keys) noexcept {
  Search search(header, granules, keys);
  const auto user = reinterpret_cast<std::uintptr_t>(header->user());
  if (!back_holds(search, user, number, keys) && (granules == 0 || !front_holds(search, granules))) {
    try_single_bytes(search, reinterpret_cast<std::uintptr_t>(header), keys);
  }
  return search.repair();
}

std::size_t least_overrun(const BlockHeader* header, const Keys& keys) noexcept {
  const HeaderBytes bytes = bytes_of(header);
  const std::uint16_t front = front_canary_of(reinterpret_cast<std::uintptr_t>(header->user()), keys);
  if (bytes[31] != static_cast<std::uint8_t>(front >> 8)) return 32;
  if (bytes[30] != static_cast<std::uint8_t>(front)) return 31;
  return kFrontRepair + 1;
}

}  // namespace padlock::core
