// Starting anew, and deciding whether tails are worth the time.
#include "trace/tails.h"

namespace padlock::trace {

// Once all tails are in use, places share them.
std::uint8_t Tails::next_number() noexcept { return static_cast<std::uint8_t>(used_++ % kTails + 1); }

void Tails::clear() noexcept {
  key_ += MemoEntry::kKey;
  if (key_ != 0) return;
  for (Tail& tail : tails_) tail.start({}, 0);
  key_ = MemoEntry::kKey;
}

void Tails::serve(std::size_t depth) noexcept {
  clear();
  depth_ = depth;
}

// Recording costs more than a hit saves.
void Tails::judge() noexcept {
  if (hits_ < 3 * kPeriod) aside_ = kAside;
  hits_ = misses_ = 0;
}

}  // namespace padlock::trace
