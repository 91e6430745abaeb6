// The stock's chains of crates: adding slots, taking them out, and reusing empty crates.
#include "core/cache/block_stock.h"

#include <algorithm>
#include <new>

namespace padlock::core {
namespace {

constexpr unsigned kCratesSearched = 4;  // for an aligned block

}  // namespace

void BlockStock::add_memory(std::span<std::byte> memory) noexcept {
  for (; memory.size() >= sizeof(Crate); memory = memory.subspan(sizeof(Crate))) {
    put_by(new (memory.data()) Crate);
  }
}

void BlockStock::put_by(Crate* crate) noexcept {
  crate->older = spare_;
  spare_ = crate;
}

void BlockStock::open_crate(Chain& chain) noexcept {
  Crate* crate = spare_;
  spare_ = crate->older;
  crate->count = 0;
  crate->older = chain.newest;
  crate->newer = nullptr;
  (chain.newest != nullptr ? chain.newest->newer : chain.oldest) = crate;
  chain.newest = crate;
}

void BlockStock::close_newest(Chain& chain) noexcept {
  Crate* crate = chain.newest;
  chain.newest = crate->older;
  (chain.newest != nullptr ? chain.newest->newer : chain.oldest) = nullptr;
  put_by(crate);
}

void BlockStock::close_oldest(Chain& chain) noexcept {
  Crate* crate = chain.oldest;
  chain.oldest = crate->newer;
  (chain.oldest != nullptr ? chain.oldest->older : chain.newest) = nullptr;
  put_by(crate);
}

void BlockStock::forget(std::span<const BlockSlot> slots) noexcept {
  std::size_t bytes = 0;
  for (const BlockSlot& slot : slots) bytes += slot.bytes();
  count_ -= slots.size();
  bytes_ -= bytes;
}

void BlockStock::push(std::uint32_t size_class, const BlockSlot& slot) noexcept {
  Chain& chain = chains_[size_class];
  if (chain.newest == nullptr || chain.newest->count == Crate::kSlots) open_crate(chain);
  chain.newest->slots[chain.newest->count++] = slot;
  ++count_;
  bytes_ += slot.bytes();
}

std::size_t BlockStock::take(std::uint32_t size_class, std::span<BlockSlot> taken) noexcept {
  Chain& chain = chains_[size_class];
  std::size_t n = 0;
  while (n < taken.size() && chain.newest != nullptr) {
    Crate& crate = *chain.newest;
    const std::size_t here = std::min(crate.count, taken.size() - n);
    std::reverse_copy(crate.slots + crate.count - here, crate.slots + crate.count, taken.subspan(n).begin());
    n += here;
    crate.count -= here;
    if (crate.count == 0) close_newest(chain);
  }
  forget(taken.first(n));
  return n;
}

bool BlockStock::take_aligned(std::uint32_t size_class, std::size_t alignment, BlockSlot& taken) noexcept {
  Chain& chain = chains_[size_class];
  unsigned seen = 0;
  for (Crate* crate = chain.newest; crate != nullptr && seen < kCratesSearched;
       crate = crate->older, ++seen) {
    BlockSlot* const end = crate->slots + crate->count;
    BlockSlot* const found = std::find_if(
        crate->slots, end, [alignment](const BlockSlot& slot) { return is_user_aligned(slot, alignment); });
    if (found == end) continue;
    taken = *found;
    // The place is filled from the newest crate, so that no other one runs empty.
    *found = chain.newest->slots[--chain.newest->count];
    if (chain.newest->count == 0) close_newest(chain);
    forget({&taken, 1});
    return true;
  }
  return false;
}

std::size_t BlockStock::take_crate(std::span<BlockSlot, kCrate> taken) noexcept {
  if (count_ == 0) return 0;
  while (chains_[turn_].oldest == nullptr) turn_ = (turn_ + 1) % size_class::kCount;
  Chain& chain = chains_[turn_];
  turn_ = (turn_ + 1) % size_class::kCount;
  const std::size_t n = chain.oldest->count;
  std::copy_n(chain.oldest->slots, n, taken.begin());
  forget(taken.first(n));
  close_oldest(chain);
  return n;
}

bool BlockStock::holds(const BlockHeader* block) const noexcept {
  for (const Chain& chain : chains_) {
    for (const Crate* crate = chain.oldest; crate != nullptr; crate = crate->newer) {
      const BlockSlot* const end = crate->slots + crate->count;
      if (std::any_of(crate->slots, end, [block](const BlockSlot& slot) { return slot.block == block; }))
        return true;
    }
  }
  return false;
}

}  // namespace padlock::core
