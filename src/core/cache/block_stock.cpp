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

// Null where no empty one is left, as the list of them was damaged.
BlockStock::Crate* BlockStock::open_crate(Chain& chain) noexcept {
  Crate* const crate = spare_.get();
  if (crate == nullptr) return nullptr;
  if (!crate->older.holds()) damaged_ = true;
  spare_ = crate->older.get();
  crate->count = 0;
  crate->older = chain.newest;
  crate->newer = nullptr;
  Crate* const before = chain.newest.get();
  (before != nullptr ? before->newer : chain.oldest) = crate;
  chain.newest = crate;
  return crate;
}

// The crate at an end of the chain, or null. A chain that was damaged there is dropped.
BlockStock::Crate* BlockStock::at_end(Chain& chain, SealedLink<Crate> Chain::*end) noexcept {
  Crate* const crate = (chain.*end).get();
  if (crate != nullptr && crate->count.value() - 1 < Crate::kSlots) return crate;
  if (crate != nullptr || !(chain.*end).holds()) drop(chain);
  return nullptr;
}

// The blocks stay lent, and nobody's.
void BlockStock::drop(Chain& chain) noexcept {
  chain = {};
  damaged_ = true;
  count_ = bytes_ = 0;
  for_each([&](BlockSlot slot) {
    ++count_;
    bytes_ += slot.bytes();
  });
}

void BlockStock::close_newest(Chain& chain) noexcept {
  Crate* const crate = chain.newest.get();
  Crate* const before = crate->older.get();
  if (!crate->older.holds()) return drop(chain);
  chain.newest = before;
  (before != nullptr ? before->newer : chain.oldest) = nullptr;
  put_by(crate);
}

void BlockStock::close_oldest(Chain& chain) noexcept {
  Crate* const crate = chain.oldest.get();
  Crate* const behind = crate->newer.get();
  if (!crate->newer.holds()) return drop(chain);
  chain.oldest = behind;
  (behind != nullptr ? behind->older : chain.newest) = nullptr;
  put_by(crate);
}

std::size_t BlockStock::bytes_of(std::span<const BlockSlot> slots) noexcept {
  std::size_t bytes = 0;
  for (const BlockSlot& slot : slots) bytes += slot.bytes();
  return bytes;
}

void BlockStock::forget(std::span<const BlockSlot> slots) noexcept {
  count_ -= slots.size();
  bytes_ -= bytes_of(slots);
}

std::size_t BlockStock::push(std::uint32_t size_class, std::span<const BlockSlot> slots) noexcept {
  Chain& chain = chains_[size_class];
  Crate* crate = at_end(chain, &Chain::newest);
  if (crate == nullptr || crate->count.value() == Crate::kSlots) crate = open_crate(chain);
  if (crate == nullptr) return 0;
  const std::size_t before = crate->count.value();
  const auto added = slots.first(std::min(slots.size(), Crate::kSlots - before));
  std::copy(added.begin(), added.end(), crate->slots + before);
  crate->count = before + added.size();
  count_ += added.size();
  bytes_ += bytes_of(added);
  return added.size();
}

std::size_t BlockStock::take(std::uint32_t size_class, std::span<BlockSlot> taken) noexcept {
  Chain& chain = chains_[size_class];
  std::size_t n = 0;
  while (n < taken.size()) {
    Crate* const crate = at_end(chain, &Chain::newest);
    if (crate == nullptr) break;
    const std::size_t all = crate->count.value();
    const std::size_t here = std::min(all, taken.size() - n);
    std::reverse_copy(crate->slots + all - here, crate->slots + all, taken.subspan(n).begin());
    forget(taken.subspan(n, here));
    n += here;
    crate->count = all - here;
    if (here == all) close_newest(chain);
  }
  return n;
}

bool BlockStock::take_aligned(std::uint32_t size_class, std::size_t alignment, BlockSlot& taken) noexcept {
  Chain& chain = chains_[size_class];
  unsigned seen = 0;
  Crate* const newest = at_end(chain, &Chain::newest);
  for (Crate* crate = newest; crate != nullptr && seen < kCratesSearched;
       crate = crate->older.get(), ++seen) {
    BlockSlot* const end = crate->slots + crate->count.value();
    BlockSlot* const found = std::find_if(
        crate->slots, end, [alignment](BlockSlot slot) { return is_user_aligned(slot, alignment); });
    if (found == end) continue;
    taken = *found;
    // The place is filled from the newest crate, so that no other one runs empty.
    const std::size_t left = newest->count.value() - 1;
    *found = newest->slots[left];
    newest->count = left;
    forget({&taken, 1});
    if (left == 0) close_newest(chain);
    return true;
  }
  return false;
}

std::size_t BlockStock::take_crate(std::span<BlockSlot, kCrate> taken) noexcept {
  for (std::uint32_t tries = 0; tries < size_class::kCount; ++tries) {
    turn_ %= size_class::kCount;
    Chain& chain = chains_[turn_++];
    const Crate* const crate = at_end(chain, &Chain::oldest);
    if (crate == nullptr) continue;
    const std::size_t n = crate->count.value();
    std::copy_n(crate->slots, n, taken.begin());
    forget(taken.first(n));
    close_oldest(chain);
    return n;
  }
  return 0;
}

// Of a chain that was damaged false, and `sum` is that of its sound part.
bool BlockStock::add_sound(const Chain& chain, Sum& sum) noexcept {
  const Crate* before = nullptr;
  SealedLink<Crate> link = chain.oldest;
  for (const Crate* crate = link.get(); crate != nullptr; crate = link.get()) {
    const std::size_t here = crate->count.value();
    if (here - 1 >= Crate::kSlots || !crate->older.holds() || crate->older.get() != before) return false;
    for (std::size_t i = 0; i < here; ++i) sum.bytes += crate->slots[i].bytes();
    sum.count += here;
    before = crate;
    link = crate->newer;
  }
  return link.holds() && chain.newest.holds() && chain.newest.get() == before;
}

bool BlockStock::is_sound() const noexcept {
  Sum sum;
  for (const Chain& chain : chains_) {
    if (!add_sound(chain, sum)) return false;
  }
  SealedLink<Crate> spare = spare_;
  while (const Crate* crate = spare.get()) spare = crate->older;
  return spare.holds() && turn_ <= size_class::kCount && sum.count == count_ && sum.bytes == bytes_;
}

bool BlockStock::holds(const BlockHeader* block) const noexcept {
  bool found = false;
  for_each([&](BlockSlot slot) { found |= slot.block == block; });
  return found;
}

}  // namespace padlock::core
