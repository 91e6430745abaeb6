// Which id a stack has, by its hash: lines of links that are only ever filled.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>

namespace padlock::trace {

using TraceId = std::uint32_t;  // 24 bits; 0: no stack recorded

/// Eight links in a cache line. Filled in order; no link is ever changed or removed.
/// A link is 40 bits of a stack's hash, its tag, above its id.
class alignas(64) DepotLine {
 public:
  static constexpr unsigned kIdBits = 24;
  static constexpr std::uint64_t kMostIds = (std::uint64_t{1} << kIdBits) - 1;
  static constexpr unsigned kLinks = 8;

  /// Never 0, which would look like no link.
  static std::uint64_t tag_of(std::uint64_t hash) noexcept {
    const std::uint64_t tag = hash << kIdBits;
    return tag != 0 ? tag : kMostIds + 1;
  }

  /// The id for the tag, or 0. All links are looked at, two at a time: where the match is cannot be
  /// predicted, that there is one mostly can. Plain reads: each half is a word, which the machine reads as
  /// one; a link that matches will not change any more; and a thread that follows an id to its stack
  /// synchronizes there.
  [[nodiscard]] __attribute__((no_sanitize("thread"))) TraceId find(std::uint64_t tag) const noexcept {
    static_assert(kLinks == 8 && sizeof links_[0] == sizeof(std::uint64_t));
    const auto* pairs = reinterpret_cast<const Pair*>(links_);
    const Pair wanted = {tag >> kIdBits, tag >> kIdBits};
    const auto matches = [&](unsigned i) __attribute__((no_sanitize("thread"), always_inline)) {
      return pairs[i] & reinterpret_cast<Pair>(pairs[i] >> kIdBits == wanted);
    };
    const Pair found = (matches(0) | matches(1)) | (matches(2) | matches(3));
    return id_of(found[0] | found[1]);
  }
  [[nodiscard]] bool is_full() const noexcept { return at(kLinks - 1) != 0; }

  /// The id that the line has for the tag from now on: another's, if that was first. 0 if it is full.
  TraceId put(std::uint64_t tag, TraceId id) noexcept {
    for (auto& link : links_) {
      std::uint64_t here = link.load(std::memory_order_acquire);
      if (here == 0 &&
          link.compare_exchange_strong(here, tag | id, std::memory_order_acq_rel, std::memory_order_acquire))
        return id;
      if (same_tag(here, tag)) return id_of(here);
    }
    return 0;
  }

  /// Of a link; 0 is one that has no tag.
  static bool same_tag(std::uint64_t link, std::uint64_t tag) noexcept { return (link ^ tag) <= kMostIds; }
  static TraceId id_of(std::uint64_t link) noexcept { return static_cast<TraceId>(link & kMostIds); }

 private:
  using Pair [[gnu::vector_size(16), gnu::may_alias]] = std::uint64_t;

  [[nodiscard]] std::uint64_t at(unsigned i) const noexcept {
    return links_[i].load(std::memory_order_acquire);
  }

  std::atomic<std::uint64_t> links_[kLinks];  // 0: none
};

/// Levels of hash tables of lines, each eight times as large as the one before, the last at least. A line
/// that is full overflows into lines of the next level, one of the last level into the lines behind it; one
/// that is not ends a search. A level gets its memory when a line of the one before first overflows. Where
/// the lines of all levels lie is known from the hash, so a search waits for memory once, however far it
/// goes.
///
/// The line is chosen by other bits of the hash than are in the tag. So a stack is taken for another with
/// odds of 2^-40 for each that it is compared with: at most eight a level.
class DepotIndex {
 public:
  static constexpr std::size_t kBytesPerId = sizeof(std::uint64_t);

  /// Of all levels, for `ids` ids, at most DepotLine::kMostIds.
  static std::size_t bytes_for(std::size_t ids) noexcept;
  /// Once. `map`: zeroed pages or null, as os::map gives them.
  void init(std::size_t ids, void* (*map)(std::size_t)) noexcept;

  /// The id for a hash, or 0.
  [[nodiscard]] TraceId find(std::uint64_t hash) const noexcept {
    const unsigned present = present_.load(std::memory_order_acquire);
    if (present == 0) [[unlikely]]
      return 0;
    const std::uint64_t tag = DepotLine::tag_of(hash);
    for (Search search(*this, hash, present);;) {
      if (const TraceId id = search.line().find(tag)) return id;
      if (!search.line().is_full() || !search.next()) return 0;
    }
  }
  /// Gives the hash an id and returns it: another's, if that was first. 0 if there is no room, or no memory
  /// for another level: is_complete() says which. Thread-safe.
  TraceId add(std::uint64_t hash, TraceId id) noexcept;
  [[nodiscard]] bool is_complete() const noexcept {
    return present_.load(std::memory_order_acquire) == levels_;
  }

 private:
  static constexpr unsigned kFirstBits = 10;  // 64 KiB, which is all that a small program touches
  static constexpr unsigned kStepBits = 3;
  static constexpr unsigned kMostLevels = 5;  // of the largest
  static constexpr unsigned kSpill = 7;       // lines behind the last level's own

  struct Level {
    std::atomic<DepotLine*> lines{nullptr};
    unsigned bits = 0;  // of the hash, its uppermost
  };

  /// One way through the lines of the levels that are present.
  class Search {
   public:
    Search(const DepotIndex& index, std::uint64_t hash, unsigned present) noexcept
        : level_(index.level_),
          last_(level_ + present - 1),
          hash_(hash),
          line_(start()),
          may_spill_(present == index.levels_) {}
    [[nodiscard]] DepotLine& line() const noexcept { return *line_; }
    bool next() noexcept {
      if (level_ != last_) {
        ++level_;
        line_ = start();
        return true;
      }
      ++line_;
      return may_spill_ && ++spilt_ <= kSpill;
    }

   private:
    [[nodiscard]] DepotLine* start() const noexcept {
      return level_->lines.load(std::memory_order_relaxed) + (hash_ >> (64 - level_->bits));
    }

    const Level* level_;
    const Level* last_;
    std::uint64_t hash_;
    DepotLine* line_;
    unsigned spilt_ = 0;
    bool may_spill_;
  };

  // Calls `take(bits)` for the bits of each level.
  template <typename Take>
  static void for_each_level(std::size_t ids, const Take& take) noexcept;

  TraceId add_to_present(std::uint64_t hash, TraceId id, unsigned present) noexcept;
  bool map_level(unsigned number) noexcept;

  Level level_[kMostLevels] = {};
  unsigned levels_ = 0;
  std::atomic<unsigned> present_{0};  // levels, from the first, that have memory
  void* (*map_)(std::size_t) = nullptr;
};

}  // namespace padlock::trace
