// Where each field of a header lies: the one table that headers are packed, unpacked, masked and repaired by.
// A change of the layout is an edit of this table.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace padlock::core {

using HeaderWords = std::array<std::uint64_t, 4>;

/// Grows when the table changes; for debuggers and tools.
inline constexpr unsigned kHeaderLayoutVersion = 1;

struct HeaderField {
  unsigned word;
  unsigned shift;  // bits
  unsigned width;  // bits

  /// The largest value.
  [[nodiscard]] constexpr std::uint64_t most() const noexcept { return ~std::uint64_t{0} >> (64 - width); }
  /// The field's bits in its word.
  [[nodiscard]] constexpr std::uint64_t mask() const noexcept { return most() << shift; }
  /// A value's bits in the field's word; what is beyond the field's width is cut.
  template <typename Value>
  [[nodiscard]] [[gnu::always_inline]] constexpr std::uint64_t place(Value value) const noexcept {
    return (static_cast<std::uint64_t>(value) & most()) << shift;
  }
  [[nodiscard]] [[gnu::always_inline]] constexpr std::uint64_t in(const HeaderWords& words) const noexcept {
    return (words[word] >> shift) & most();
  }
  template <typename Value>
  [[gnu::always_inline]] constexpr void put(HeaderWords& words, Value value) const noexcept {
    words[word] = (words[word] & ~mask()) | place(value);
  }
};

namespace header_field {

inline constexpr HeaderField kGranules{0, 0, 28};  // block length
inline constexpr HeaderField kState{0, 28, 3};
inline constexpr HeaderField kOrigin{0, 31, 3};
inline constexpr HeaderField kAlignLog2{0, 34, 6};  // of the explicit alignment
inline constexpr HeaderField kAllocTrace{0, 40, 24};
inline constexpr HeaderField kRequested{1, 0, 40};  // bytes
inline constexpr HeaderField kFreeTrace{1, 40, 24};
inline constexpr HeaderField kNumberLow{2, 0, 32};  // of the allocation number
inline constexpr HeaderField kAllocThread{2, 32, 16};
inline constexpr HeaderField kFreeThread{2, 48, 16};
inline constexpr HeaderField kSeal{3, 0, 32};
inline constexpr HeaderField kNumberHigh{3, 32, 16};
inline constexpr HeaderField kFrontCanary{3, 48, 16};

inline constexpr HeaderField kAll[] = {kGranules,  kState,      kOrigin,     kAlignLog2,   kAllocTrace,
                                       kRequested, kFreeTrace,  kNumberLow,  kAllocThread, kFreeThread,
                                       kSeal,      kNumberHigh, kFrontCanary};

/// Every bit of the four words belongs to exactly one field.
consteval bool fill_the_header() noexcept {
  HeaderWords taken{};
  for (const HeaderField& field : kAll) {
    if (field.word >= taken.size() || field.width == 0 || field.shift + field.width > 64) return false;
    if ((taken[field.word] & field.mask()) != 0) return false;
    taken[field.word] |= field.mask();
  }
  for (const std::uint64_t word : taken) {
    if (~word != 0) return false;
  }
  return true;
}
static_assert(fill_the_header(), "the fields overlap, or leave bits that are no field's");

// What code elsewhere relies on, whatever else moves.
static_assert(kSeal.width == 32 && kSeal.shift % 32 == 0, "the seal covers three words and a half");
static_assert(kFrontCanary.word == 3 && kFrontCanary.shift == 48 && kFrontCanary.width == 16,
              "the front canary is the last two bytes before the user pointer");
static_assert(kOrigin.word == kState.word && kAlignLog2.word == kState.word,
              "one comparison distinguishes a plain live block from any other");

}  // namespace header_field

inline constexpr auto kMaxGranules = static_cast<std::uint32_t>(header_field::kGranules.most());
inline constexpr auto kMaxTrace = static_cast<std::uint32_t>(header_field::kAllocTrace.most());
static_assert(header_field::kFreeTrace.most() == kMaxTrace);

}  // namespace padlock::core
