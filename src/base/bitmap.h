// A bitmap over caller's memory with a summary above it, so that the next or previous set bit is found in
// a few steps however sparse it is. Bits are read without a lock by others while the owner writes.
#pragma once

#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

namespace padlock {

class Bitmap {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  /// 64-bit words of storage for `bits` bits.
  static constexpr std::size_t words_for(std::size_t bits) noexcept {
    const std::size_t words = (bits + 63) / 64;
    return words + (words + 63) / 64;
  }

  /// `storage`: words_for(bits) zeroed words, owned by the caller.
  void attach(std::uint64_t* storage, std::uint32_t bits) noexcept {
    words_ = storage;
    word_count_ = (bits + 63) / 64;
    summary_ = storage + word_count_;
  }

  /// Whether it is as attach() left it.
  [[nodiscard]] bool is_attached(const std::uint64_t* storage, std::uint32_t bits) const noexcept {
    return words_ == storage && word_count_ == (bits + 63) / 64 && summary_ == storage + word_count_;
  }
  /// Whether the summary is that of the words, all of those that hold [0, bits).
  [[nodiscard]] bool summary_holds(std::uint32_t bits) const noexcept {
    for (std::uint32_t word = 0; word < (bits + 63) / 64; ++word) {
      const bool named = (summary_[word / 64] >> (word % 64) & 1U) != 0;
      if (named != (load(word) != 0)) return false;
    }
    return true;
  }

  /// How many of [0, bits) are set.
  [[nodiscard]] std::size_t count(std::uint32_t bits) const noexcept {
    std::size_t count = 0;
    for (std::uint32_t bit = first_in(0, bits); bit != kNone; bit = first_in(bit + 1, bits)) ++count;
    return count;
  }

  [[nodiscard]] bool test(std::uint32_t bit) const noexcept {
    return ((load(bit / 64) >> (bit % 64)) & 1U) != 0;
  }

  void set(std::uint32_t bit) noexcept {
    const std::uint32_t word = bit / 64;
    store(word, load(word) | (std::uint64_t{1} << (bit % 64)));
    summary_[word / 64] |= std::uint64_t{1} << (word % 64);
  }

  void clear(std::uint32_t bit) noexcept {
    const std::uint32_t word = bit / 64;
    const std::uint64_t left = load(word) & ~(std::uint64_t{1} << (bit % 64));
    store(word, left);
    if (left == 0) summary_[word / 64] &= ~(std::uint64_t{1} << (word % 64));
  }

  /// The last set bit at or before `bit`, or kNone.
  [[nodiscard]] std::uint32_t last_at_or_before(std::uint32_t bit) const noexcept {
    std::uint32_t word = bit / 64;
    const std::uint64_t low = load(word) & (~std::uint64_t{0} >> (63 - bit % 64));
    if (low != 0) return word * 64 + highest(low);
    // The summary is a hint: a word that it names is looked at, so a stale summary costs time only.
    for (std::uint32_t group = word / 64;; --group) {
      std::uint64_t candidates = summary_[group];
      if (group == word / 64) candidates &= (std::uint64_t{1} << (word % 64)) - 1;
      while (candidates != 0) {
        const std::uint32_t index = group * 64 + highest(candidates);
        if (const std::uint64_t bits = load(index); bits != 0) return index * 64 + highest(bits);
        candidates &= ~(std::uint64_t{1} << (index % 64));
      }
      if (group == 0) return kNone;
    }
  }

  /// `bit` and the bits before it in its word: `bit` is the highest.
  [[gnu::always_inline]] [[nodiscard]] std::uint64_t up_to(std::uint32_t bit) const noexcept {
    return load(bit / 64) << (63 - bit % 64);
  }

  /// The first set bit in [bit, end), or kNone.
  [[nodiscard]] std::uint32_t first_in(std::uint32_t bit, std::uint32_t end) const noexcept {
    if (bit >= end) return kNone;
    std::uint32_t word = bit / 64;
    const std::uint64_t high = load(word) & (~std::uint64_t{0} << (bit % 64));
    if (high != 0) return below(word * 64 + lowest(high), end);
    const std::uint32_t last_word = (end - 1) / 64;
    for (++word; word <= last_word;) {
      const std::uint64_t candidates = summary_[word / 64] & (~std::uint64_t{0} << (word % 64));
      if (candidates == 0) {
        word = (word / 64 + 1) * 64;
        continue;
      }
      word = word / 64 * 64 + lowest(candidates);
      if (word > last_word) return kNone;
      if (const std::uint64_t bits = load(word); bits != 0) return below(word * 64 + lowest(bits), end);
      ++word;
    }
    return kNone;
  }

 private:
  static std::uint32_t highest(std::uint64_t word) noexcept {
    return 63U - static_cast<std::uint32_t>(std::countl_zero(word));
  }
  static std::uint32_t lowest(std::uint64_t word) noexcept {
    return static_cast<std::uint32_t>(std::countr_zero(word));
  }
  static std::uint32_t below(std::uint32_t bit, std::uint32_t end) noexcept {
    return bit < end ? bit : kNone;
  }

  [[nodiscard]] std::uint64_t load(std::uint32_t word) const noexcept {
    return std::atomic_ref<std::uint64_t>(words_[word]).load(std::memory_order_relaxed);
  }
  void store(std::uint32_t word, std::uint64_t value) noexcept {
    std::atomic_ref<std::uint64_t>(words_[word]).store(value, std::memory_order_relaxed);
  }

  std::uint64_t* words_ = nullptr;
  std::uint64_t* summary_ = nullptr;
  std::uint32_t word_count_ = 0;
};

}  // namespace padlock
