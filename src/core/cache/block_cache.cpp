// What caches do now and then; the malloc and free of most blocks is in block_cache_fast.h.
#include "core/cache/block_cache.h"

#include <algorithm>
#include <utility>

#include "core/block/sealed_block.h"

namespace padlock::core {

void* BlockCache::allocate(const AllocRequest& request, BlockSlot& suspect) noexcept {
  if (request.alignment <= kGranule) {
    return has_ready(request.size) ? allocate_ready(request, suspect) : nullptr;
  }
  BlockSlot aligned;
  const std::uint32_t size_class = size_class::at_least(granules_for(request.size));
  return ready_.take_aligned(size_class, request.alignment, aligned) ? hand_out(aligned, request, suspect)
                                                                     : nullptr;
}

void* BlockCache::allocate_lent(BlockSlot lent, const AllocRequest& request, BlockSlot& suspect) noexcept {
  return hand_out(lent, request, suspect);
}

bool BlockCache::deallocate(void* pointer, const FreeRequest& request) noexcept {
  BlockHeader* const header = BlockHeader::of_user(pointer);
  const HeaderWords words = load_header(header);
  if (header_bits::state_in(words) != BlockState::kLive ||
      mismatch(fields_of(words), request) != FaultKind::kNone || !sound(words, header))
    return false;
  retire(words, header, request.by);
  return true;
}

bool BlockCache::live_and_sound(const void* pointer, BlockFields& fields) const noexcept {
  const BlockHeader* const header = BlockHeader::of_user(pointer);
  return read_header(header, keys_, fields) == HeaderVerdict::kIntact && fields.state == BlockState::kLive &&
         padding_holds(header, fields.requested, capacity_of(fields.granules), keys_);
}

[[gnu::always_inline]] inline void BlockCache::make_ready(BlockSlot slot) noexcept {
  const std::uint32_t size_class = size_class::at_most(slot.granules);
  if (!ready_.push(size_class, slot)) [[unlikely]] {
    give_older_half(size_class);
    static_cast<void>(ready_.push(size_class, slot));
  }
  if (ready_.bytes() > kMostReady) [[unlikely]]
    shed();
}

[[gnu::always_inline]] inline void BlockCache::leave_quarantine() noexcept {
  const BlockSlot slot = quarantine_.pop();
  if (is_next_kept() && keep(slot)) [[unlikely]]
    return;
  make_ready(slot);
}

// False, and nothing done, if there is no room.
bool BlockCache::keep(BlockSlot slot) noexcept {
  if (until_kept_ <= -static_cast<std::int64_t>(kKept)) until_kept_ = kNotKept;
  if (kept_count_ == kKept) return false;
  kept_[kept_count_++] = slot;
  kept_bytes_ += slot.bytes();
  some_leave_ |= are_kept_due();
  return true;
}

std::size_t BlockCache::take_kept(std::span<BlockSlot, kKept> taken) noexcept {
  std::copy_n(kept_, kept_count_, taken.begin());
  some_leave_ = surplus_count_ != 0;
  kept_bytes_ = 0;
  return std::exchange(kept_count_, 0);
}

// Stops early when the surplus has to be taken first.
void BlockCache::evict() noexcept {
  if (surplus_count_ >= kSurplus / 2) return;
  do {
    leave_quarantine();
  } while (quarantine_.over_limit() && surplus_count_ < kSurplus / 2 && !quarantine_.empty());
}

// The quarantine does not accept it.
void BlockCache::put_aside_at_once(BlockSlot slot) noexcept {
  if (quarantine_.widen()) return put_aside(slot);
  make_ready(slot);
}

void BlockCache::give_older_half(std::uint32_t size_class) noexcept {
  const std::size_t half = (ready_.count(size_class) + 1) / 2;
  surplus_count_ += ready_.take_oldest(size_class, half, std::span(surplus_).subspan(surplus_count_));
  some_leave_ = true;
}

// Class after class gives its older half until a quarter of the room is free. The others' turn comes next
// time.
void BlockCache::shed() noexcept {
  for (std::uint32_t i = 0; i < size_class::kCount && ready_.bytes() > kMostReady / 4 * 3; ++i) {
    if (surplus_count_ == kSurplus) return;
    give_older_half(shed_next_);
    refills_[shed_next_] /= 2;
    shed_next_ = (shed_next_ + 1) % size_class::kCount;
  }
}

std::size_t BlockCache::take_surplus(std::span<BlockSlot, kSurplus> taken) noexcept {
  if (!quarantine_.empty() && quarantine_.over_limit()) evict();
  std::copy_n(surplus_, surplus_count_, taken.begin());
  some_leave_ = false;
  return std::exchange(surplus_count_, 0);
}

std::size_t BlockCache::drain(std::span<BlockSlot, kSurplus> taken) noexcept {
  std::size_t count = take_surplus(taken);
  while (count < kSurplus && !quarantine_.empty()) {
    const BlockSlot slot = quarantine_.pop();
    if (!is_next_kept() || !keep(slot)) taken[count++] = slot;
  }
  for (std::uint32_t i = 0; i < size_class::kCount && count < kSurplus; ++i) {
    count += ready_.take_oldest(i, kSurplus, taken.subspan(count));
  }
  return count;
}

bool BlockCache::resize(void* pointer, const AllocRequest& request) noexcept {
  BlockHeader* const header = BlockHeader::of_user(pointer);
  BlockFields fields;
  if (!serves(request) || !live_and_sound(pointer, fields)) return false;
  if (family_of(fields.origin) != family_of(request.origin) || fields.granules > size_class::kMostGranules)
    return false;
  if (!stays_in(fields.granules, request.size)) return false;
  relabel(load_header(header), header, request);
  return true;
}

std::size_t BlockCache::refill_count(std::uint32_t size_class) noexcept {
  if (ready_.bytes() > kMostReady) shed();
  const std::size_t most =
      std::clamp<std::size_t>(kRefillBytes / (size_class::granules_of(size_class) * kGranule), 1,
                              ReadyBlocks::capacity(size_class) / 2);
  std::uint8_t& last = refills_[size_class];
  last = static_cast<std::uint8_t>(std::min<std::size_t>(std::size_t{last} * 2 + 1, most));
  return last;
}

}  // namespace padlock::core
