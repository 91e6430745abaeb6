// The malloc and free of most blocks: what BlockCache does on every call. Included by block_cache.h.
//
// Headers are taken apart and put together in registers; each is read once and written once.
#pragma once

#include "core/block_cache.h"
#include "core/pattern.h"

namespace padlock::core {

/// Writes a header before anything behind it: the compiler keeps the order, and the processor does.
inline void publish_header(BlockHeader* header, const HeaderWords& words) noexcept {
  store_header(header, words);
  std::atomic_signal_fence(std::memory_order_seq_cst);
}

namespace header_bits {

inline constexpr std::uint64_t kState = std::uint64_t{7} << 28;
inline constexpr std::uint64_t kLow40 = (std::uint64_t{1} << 40) - 1;
inline constexpr std::uint64_t kLow48 = (std::uint64_t{1} << 48) - 1;

constexpr std::uint64_t of(BlockState state) noexcept {
  return std::uint64_t{static_cast<std::uint8_t>(state)} << 28;
}
constexpr BlockState state_in(const HeaderWords& words) noexcept {
  return static_cast<BlockState>((words[0] >> 28) & 7U);
}
constexpr std::uint32_t granules_in(const HeaderWords& words) noexcept {
  return static_cast<std::uint32_t>(words[0]) & kMaxGranules;
}
constexpr std::size_t requested_in(const HeaderWords& words) noexcept { return words[1] & kLow40; }

}  // namespace header_bits

[[gnu::always_inline]] inline void* BlockCache::allocate(const AllocRequest& request,
                                                         BlockSlot& suspect) noexcept {
  const std::uint32_t size_class = size_class::at_least(granules_for(request.size));
  if (ready_.empty(size_class)) [[unlikely]]
    return nullptr;
  const BlockSlot slot = ready_.pop(size_class);
  BlockHeader* const header = slot.block;
  const HeaderWords before = load_header(header);
  const std::uintptr_t at = address_of(header);
  std::byte* const user = header->user();
  const std::size_t capacity = capacity_of(slot.granules);
  // The seal that the slot remembers covers the front canary too.
  const bool sealed_as_left = seal_in(before) == slot.seal && seal_in(sealed(before, at, keys_)) == slot.seal;
  if (!sealed_as_left || (header_bits::state_in(before) != BlockState::kBlank &&
                          !poison_intact(user, user + capacity, keys_.poison))) [[unlikely]] {
    suspect = slot;
    return nullptr;
  }
  publish_header(header, pack_header(live_fields(request, slot.granules), at, keys_));
  fill_canary(user, request.size, capacity, canary_of(address_of(user), keys_));
  live_bytes_delta_ += request.size - capacity;
  return user;
}

/// The words of a sound live block's header, or all zeros.
[[gnu::always_inline]] inline HeaderWords BlockCache::sound_words(const BlockHeader* header) const noexcept {
  const HeaderWords words = load_header(header);
  const std::uintptr_t at = address_of(header);
  const std::uint64_t canary = canary_of(at + kHeaderSize, keys_);
  if (seal_in(sealed(words, at, keys_)) != seal_in(words) || words[3] >> 48 != canary >> 48 ||
      header_bits::state_in(words) != BlockState::kLive ||
      !canary_intact(header->user(), header_bits::requested_in(words),
                     capacity_of(header_bits::granules_in(words)), canary)) [[unlikely]]
    return {};
  return words;
}

inline bool BlockCache::live_and_sound(const void* pointer, BlockFields& fields) const noexcept {
  const BlockHeader* const header = BlockHeader::of_user(pointer);
  const HeaderWords words = sound_words(header);
  take_apart(words, fields);
  return fields.granules != 0;
}

[[gnu::always_inline]] inline bool BlockCache::deallocate(void* pointer,
                                                          const FreeRequest& request) noexcept {
  BlockHeader* const header = BlockHeader::of_user(pointer);
  HeaderWords words = sound_words(header);
  const std::uint32_t granules = header_bits::granules_in(words);
  if (granules == 0 || granules > size_class::kMostGranules || !fits(words, request)) [[unlikely]]
    return false;
  words[0] = (words[0] & ~header_bits::kState) | header_bits::of(BlockState::kQuarantined);
  const std::size_t requested = header_bits::requested_in(words);
  words[1] = requested | (std::uint64_t{request.by.trace} << 40);
  words[2] = (words[2] & header_bits::kLow48) | (std::uint64_t{request.by.thread} << 48);
  words = sealed(words, address_of(header), keys_);
  publish_header(header, words);
  const std::size_t capacity = capacity_of(granules);
  fill_poison(header->user(), header->user() + capacity, keys_.poison);
  live_bytes_delta_ -= requested - capacity;
  put_aside({header, granules, seal_in(words)});
  return true;
}

/// Whether a live block may be returned by this call; the common case without taking all fields apart.
[[gnu::always_inline]] inline bool BlockCache::fits(const HeaderWords& words,
                                                    const FreeRequest& request) noexcept {
  const bool malloc_and_free = (words[0] >> 31 & 7U) == static_cast<std::uint8_t>(Origin::kMalloc) &&
                               request.origin == Origin::kMalloc;
  if (malloc_and_free && !request.size && !request.alignment) [[likely]]
    return true;
  return mismatch(fields_of(words), request) == FaultKind::kNone;
}

[[gnu::always_inline]] inline void BlockCache::put_aside(const BlockSlot& slot) noexcept {
  if (!quarantine_.accepts()) [[unlikely]]
    return make_ready(slot);
  quarantine_.push(slot);
  evict();
}

/// Stops early when the surplus has to be taken first.
[[gnu::always_inline]] inline void BlockCache::evict() noexcept {
  while (quarantine_.over_limit() && surplus_count_ < kSurplus / 2) make_ready(quarantine_.pop());
}

[[gnu::always_inline]] inline void BlockCache::make_ready(const BlockSlot& slot) noexcept {
  const std::uint32_t size_class = size_class::at_most(slot.granules);
  if (ready_.full(size_class)) [[unlikely]]
    make_room(size_class);
  ready_.push(size_class, slot);
}

}  // namespace padlock::core
