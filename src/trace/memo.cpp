// What the memo does where its guess is wrong.
#include "trace/memo.h"

#include "trace/foreign_trace.h"

namespace padlock::trace {

std::uint32_t Memo::search(const FrameState& caller, std::uint64_t place) noexcept {
  const std::size_t first = set_of(place) * kWays;
  for (std::size_t way = first; way != first + kWays && ways_[way] != 0; ++way) {
    const std::size_t at = ways_[way] - 1U;
    const MemoEntry& entry = entries_[at];
    if (!entry.matches(caller, key_) && !ForeignTrace::matches(entry, caller, key_)) continue;
    ++hits_;
    follow(place, at);
    return entries_[at].id();
  }
  return 0;
}

// The next time that the place comes after the latest trace, it is guessed.
void Memo::follow(std::uint64_t place, std::size_t entry) noexcept {
  guess_at(place) = static_cast<std::uint16_t>(entry);
  latest_ = entry;
}

MemoEntry* Memo::miss(const FrameState& caller, std::size_t depth, std::uint32_t generation) noexcept {
  if (aside_ != 0) {
    --aside_;
    return nullptr;
  }
  if (depth != depth_ || generation != generation_) [[unlikely]]
    serve(depth, generation);
  if (++misses_ == kPeriod) [[unlikely]]
    judge();
  const std::uint64_t place = place_of(caller);
  const std::size_t set = set_of(place);
  std::uint16_t& way = ways_[set * kWays + turn_[set]++ % kWays];
  if (way == 0) way = ++used_;
  const std::size_t entry = way - 1U;
  follow(place, entry);
  return &entries_[entry];
}

void Memo::clear() noexcept {
  key_ += MemoEntry::kKey;
  if (key_ != 0) return;
  for (MemoEntry& entry : entries_) entry.start({}, 0);
  key_ = MemoEntry::kKey;
}

void Memo::serve(std::size_t depth, std::uint32_t generation) noexcept {
  clear();
  depth_ = depth;
  generation_ = generation;
}

// Fewer than a quarter hits is not worth recording for.
void Memo::judge() noexcept {
  if (hits_ < kPeriod / 3) {
    aside_ = kAside;
    generation_ = 0;
  }
  hits_ = misses_ = 0;
}

}  // namespace padlock::trace
