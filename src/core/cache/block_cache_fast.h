// The malloc and free of most blocks: what BlockCache does on every call. The end of block_cache.h, which
// includes it; nothing else does.
//
// Headers are taken apart and put together in registers; each is read once and written once.
#pragma once

#include "core/block/move_block.h"
#include "core/block/sealed_block.h"

namespace padlock::core {

/// Writes a header before anything behind it: the compiler keeps the order, and the processor does.
[[gnu::always_inline]] inline void publish_header(BlockHeader* header, const HeaderWords& words) noexcept {
  // Else the compiler keeps the addresses of the words that it has read for the writes, in memory.
  asm("" : "+r"(header));
  store_header(header, words);
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

namespace header_bits {

constexpr BlockState state_in(const HeaderWords& words) noexcept {
  return static_cast<BlockState>(header_field::kState.in(words));
}
constexpr std::uint32_t granules_in(const HeaderWords& words) noexcept {
  return static_cast<std::uint32_t>(header_field::kGranules.in(words));
}
constexpr std::size_t requested_in(const HeaderWords& words) noexcept {
  return header_field::kRequested.in(words);
}
/// Live, allocated as `origin` says, without an alignment of its own.
constexpr bool plain(const HeaderWords& words, Origin origin) noexcept {
  namespace field = header_field;
  return (words[field::kState.word] &
          (field::kState.mask() | field::kOrigin.mask() | field::kAlignLog2.mask())) ==
         (field::kState.place(BlockState::kLive) | field::kOrigin.place(origin));
}

}  // namespace header_bits

[[gnu::always_inline]] inline void* BlockCache::allocate_ready(const AllocRequest& request,
                                                               BlockSlot& suspect) noexcept {
  return hand_out(ready_.pop(size_class::at_least(granules_for(request.size))), request, suspect);
}

[[gnu::always_inline]] inline void* BlockCache::hand_out(BlockSlot slot, const AllocRequest& request,
                                                         BlockSlot& suspect) noexcept {
  BlockHeader* const header = slot.block;
  const HeaderWords before = load_header(header);
  const std::uintptr_t at = address_of(header);
  std::byte* const user = header->user();
  const std::uint32_t granules = header_bits::granules_in(before);
  const std::size_t capacity = capacity_of(granules);
  // The seal that the slot remembers covers the front canary too, which is the same in every life. And the
  // length, so that is taken from there: the slot's own could have been overwritten.
  const bool sealed_as_left = seal_in(before) == slot.seal && seal_for(before, at, keys_) == slot.seal;
  if (!sealed_as_left || (header_bits::state_in(before) != BlockState::kBlank &&
                          !poison_intact(user, user + capacity, keys_.poison))) [[unlikely]] {
    suspect = slot;
    return nullptr;
  }
  const HeaderWords words = pack_header(live_fields(request, granules), front_in(before), at, keys_);
  publish_header(header, words);
  fill_canary(user, request.size, capacity, canary_in(words, keys_));
  live_bytes_delta_ += request.size - capacity;
  return user;
}

/// Whether the words are those of a sound live block. Precondition: they say that it is live. The front
/// canary is not looked at: the seal covers it.
[[gnu::always_inline]] inline bool BlockCache::sound(const HeaderWords& words,
                                                     BlockHeader* header) const noexcept {
  return seal_for(words, address_of(header), keys_) == seal_in(words) &&
         header_bits::granules_in(words) <= size_class::kMostGranules &&
         canary_intact(header->user(), header_bits::requested_in(words),
                       capacity_of(header_bits::granules_in(words)), canary_in(words, keys_));
}

/// Of a sound live block.
[[gnu::always_inline]] inline void BlockCache::retire(HeaderWords words, BlockHeader* header,
                                                      const Caller& by) noexcept {
  const std::uint32_t granules = header_bits::granules_in(words);
  const std::size_t requested = header_bits::requested_in(words);
  header_field::kState.put(words, BlockState::kQuarantined);
  header_field::kFreeTrace.put(words, by.trace);
  header_field::kFreeThread.put(words, by.thread);
  words = sealed(words, address_of(header), keys_);
  publish_header(header, words);
  const std::size_t capacity = capacity_of(granules);
  fill_poison(header->user(), header->user() + capacity, keys_.poison);
  live_bytes_delta_ -= requested - capacity;
  put_aside({header, granules, seal_in(words)});
}

[[gnu::always_inline]] inline bool BlockCache::deallocate_plain(void* pointer,
                                                                const FreeRequest& request) noexcept {
  BlockHeader* const header = BlockHeader::of_user(pointer);
  const HeaderWords words = load_header(header);
  if (!header_bits::plain(words, request.origin) || request.alignment ||
      (request.size && *request.size != header_bits::requested_in(words)) || !sound(words, header))
      [[unlikely]]
    return false;
  retire(words, header, request.by);
  return true;
}

/// The sound live block of these words gets another size and number and belongs to another call.
inline void BlockCache::relabel(const HeaderWords& words, BlockHeader* header,
                                const AllocRequest& request) noexcept {
  BlockFields fields = fields_of(words);
  live_bytes_delta_ += request.size - fields.requested;
  const std::size_t capacity = capacity_of(fields.granules);
  if (request.size > fields.requested) poison_padding(header, fields.requested, capacity, keys_.poison);
  fields.requested = request.size;
  fields.alloc_trace = request.by.trace;
  fields.alloc_thread = request.by.thread;
  fields.number = request.by.number;
  publish_header(header, pack_header(fields, address_of(header), keys_));
  lock_padding(header, request.size, capacity, keys_);
}

[[gnu::always_inline]] inline void* BlockCache::reallocate_plain(void* pointer, const AllocRequest& request,
                                                                 BlockSlot& suspect) noexcept {
  BlockHeader* const header = BlockHeader::of_user(pointer);
  const HeaderWords words = load_header(header);
  if (!header_bits::plain(words, request.origin) || !sound(words, header)) [[unlikely]]
    return nullptr;
  if (stays_in(header_bits::granules_in(words), request.size)) {
    relabel(words, header, request);
    return pointer;
  }
  return move_block(
      pointer, header_bits::requested_in(words), request.size,
      [&] { return has_ready(request.size) ? allocate_ready(request, suspect) : nullptr; },
      [&] { retire(words, header, request.by); });
}

[[gnu::always_inline]] inline void BlockCache::put_aside(BlockSlot slot) noexcept {
  if (!quarantine_.accepts()) [[unlikely]]
    return put_aside_at_once(slot);
  quarantine_.push(slot);
  if (quarantine_.well_filled()) [[likely]]
    evict();
}

}  // namespace padlock::core
