// The header of a block: 32 bytes right before the user pointer, packed, sealed, and never believed
// before its seal has been verified.
//
// Only the block's owner writes it: the thread that allocates or frees it, or the heap while it is idle.
// Nobody writes a neighbour's header, so the words can be read by others at any time (a torn read shows
// as a broken seal; read again to be sure).
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "core/block/layout.h"
#include "core/block/seal.h"
#include "core/block/slot.h"
#include "core/config.h"

namespace padlock::core {

/// Grows when the layout below changes; for debuggers and tools.
inline constexpr unsigned kHeaderLayoutVersion = 1;

// word 0: granules 28 | state 3 | origin 3 | log2 of the explicit alignment 6 | allocation trace 24
// word 1: requested size 40 | free trace 24
// word 2: allocation number, low 32 | allocating thread 16 | freeing thread 16
// word 3: seal 32 | allocation number, high 16 | front canary 16
struct alignas(16) BlockHeader {
  std::uint64_t words[4];

  [[nodiscard]] std::byte* user() noexcept { return reinterpret_cast<std::byte*>(this + 1); }
  [[nodiscard]] const std::byte* user() const noexcept {
    return reinterpret_cast<const std::byte*>(this + 1);
  }

  static BlockHeader* of_user(void* user) noexcept { return static_cast<BlockHeader*>(user) - 1; }
  static const BlockHeader* of_user(const void* user) noexcept {
    return static_cast<const BlockHeader*>(user) - 1;
  }
};
static_assert(sizeof(BlockHeader) == kHeaderSize && alignof(BlockHeader) == kGranule);

inline constexpr std::uint32_t kMaxGranules = (1U << 28) - 1;
inline constexpr std::uint64_t kMaxRequested = (std::uint64_t{1} << 40) - 1;
inline constexpr std::uint64_t kMaxNumber = (std::uint64_t{1} << 48) - 1;
inline constexpr std::uint32_t kMaxTrace = (1U << 24) - 1;

/// What a header says, unpacked. Values beyond their field's width are cut.
struct BlockFields {
  std::uint32_t granules = 0;
  BlockState state = BlockState::kLive;
  Origin origin = Origin::kMalloc;
  std::uint8_t align_log2 = 0;  // 0: no explicit alignment
  std::uint32_t alloc_trace = 0;
  std::uint32_t free_trace = 0;
  std::uint16_t alloc_thread = 0;
  std::uint16_t free_thread = 0;
  std::uint64_t requested = 0;
  std::uint64_t number = 0;
};

/// Eight canary bytes of the block at `user`; the byte at address a is byte a mod 8 of it.
inline std::uint64_t canary_of(std::uintptr_t user, const Keys& keys) noexcept {
  const std::uint64_t mixed = (static_cast<std::uint64_t>(user) ^ keys.canary) * 0x9E3779B97F4A7C15U;
  return locked_pattern(mixed ^ (mixed >> 32));
}

/// The header's last two bytes: they know their value without the rest, so a write that ends right before
/// the user pointer can be told from other damage.
inline std::uint16_t front_canary_of(std::uintptr_t user, const Keys& keys) noexcept {
  return static_cast<std::uint16_t>(canary_of(user, keys) >> 48);
}

using HeaderWords = std::array<std::uint64_t, 4>;

// Word by word, without a loop: so the words stay in registers.
inline std::uint64_t load_header_word(const BlockHeader* header, std::size_t i) noexcept {
  // atomic_ref of const arrives only with C++26; nothing is written through it.
  return std::atomic_ref<std::uint64_t>(const_cast<std::uint64_t&>(header->words[i]))
      .load(std::memory_order_relaxed);
}

[[gnu::always_inline]] inline HeaderWords load_header(const BlockHeader* header) noexcept {
  return {load_header_word(header, 0), load_header_word(header, 1), load_header_word(header, 2),
          load_header_word(header, 3)};
}

inline void store_header_word(BlockHeader* header, std::size_t i, std::uint64_t word) noexcept {
  std::atomic_ref<std::uint64_t>(header->words[i]).store(word, std::memory_order_relaxed);
}

[[gnu::always_inline]] inline void store_header(BlockHeader* header, const HeaderWords& words) noexcept {
  store_header_word(header, 0, words[0]);
  store_header_word(header, 1, words[1]);
  store_header_word(header, 2, words[2]);
  store_header_word(header, 3, words[3]);
}

/// The seal over words[0..2] and the high half of words[3] of a header at address `at`.
[[gnu::always_inline]] inline std::uint32_t seal_for(const HeaderWords& words, std::uintptr_t at,
                                                     const Keys& keys) noexcept {
  return seal_of(words[0], words[1], words[2], static_cast<std::uint32_t>(words[3] >> 32), at, keys);
}

/// The same words with that seal.
[[gnu::always_inline]] inline HeaderWords sealed(HeaderWords words, std::uintptr_t at,
                                                 const Keys& keys) noexcept {
  words[3] = (words[3] >> 32 << 32) | seal_for(words, at, keys);
  return words;
}

/// The seal that a header's words carry, right or wrong.
inline std::uint32_t seal_in(const HeaderWords& words) noexcept {
  return static_cast<std::uint32_t>(words[3]);
}

/// `front`: the header's front canary.
inline HeaderWords pack_header(const BlockFields& fields, std::uint16_t front, std::uintptr_t at,
                               const Keys& keys) noexcept {
  const std::uint64_t word0 =
      (fields.granules & kMaxGranules) | (std::uint64_t{static_cast<std::uint8_t>(fields.state)} << 28) |
      (std::uint64_t{static_cast<std::uint8_t>(fields.origin)} << 31) |
      (std::uint64_t{fields.align_log2 & 63U} << 34) | (std::uint64_t{fields.alloc_trace} << 40);
  const std::uint64_t word1 = (fields.requested & kMaxRequested) | (std::uint64_t{fields.free_trace} << 40);
  const std::uint64_t word2 = (fields.number & 0xFFFFFFFFU) | (std::uint64_t{fields.alloc_thread} << 32) |
                              (std::uint64_t{fields.free_thread} << 48);
  const std::uint64_t word3 = (fields.number >> 32 & 0xFFFFU) << 32 | std::uint64_t{front} << 48;
  return sealed({word0, word1, word2, word3}, at, keys);
}

inline HeaderWords pack_header(const BlockFields& fields, std::uintptr_t at, const Keys& keys) noexcept {
  return pack_header(fields, front_canary_of(at + kHeaderSize, keys), at, keys);
}

inline void write_header(BlockHeader* header, const BlockFields& fields, const Keys& keys) noexcept {
  store_header(header, pack_header(fields, reinterpret_cast<std::uintptr_t>(header), keys));
}

/// What the header of a block says that is handed out; request.by.number is its number.
inline BlockFields live_fields(const AllocRequest& request, std::uint32_t granules) noexcept {
  BlockFields fields;
  fields.granules = granules;
  fields.state = BlockState::kLive;
  fields.origin = request.origin;
  fields.align_log2 = request.alignment == 0 ? std::uint8_t{0}
                                             : static_cast<std::uint8_t>(std::countr_zero(request.alignment));
  fields.alloc_trace = request.by.trace;
  fields.alloc_thread = request.by.thread;
  fields.requested = request.size;
  fields.number = request.by.number;
  return fields;
}

/// How a block is remembered while nobody owns it.
inline BlockSlot slot_of(BlockHeader* header, std::uint32_t granules) noexcept {
  return {header, granules, seal_in(load_header(header))};
}

/// What the words of a header say, whether they verify or not. Field by field into place: a struct that is
/// made and then copied is loaded in wider pieces than it was stored in, which stalls.
inline void take_apart(const HeaderWords& words, BlockFields& fields) noexcept {
  fields.granules = static_cast<std::uint32_t>(words[0]) & kMaxGranules;
  fields.state = static_cast<BlockState>((words[0] >> 28) & 7U);
  fields.origin = static_cast<Origin>((words[0] >> 31) & 7U);
  fields.align_log2 = static_cast<std::uint8_t>((words[0] >> 34) & 63U);
  fields.alloc_trace = static_cast<std::uint32_t>(words[0] >> 40);
  fields.requested = words[1] & kMaxRequested;
  fields.free_trace = static_cast<std::uint32_t>(words[1] >> 40);
  fields.number = (words[2] & 0xFFFFFFFFU) | ((words[3] >> 32 & 0xFFFFU) << 32);
  fields.alloc_thread = static_cast<std::uint16_t>(words[2] >> 32);
  fields.free_thread = static_cast<std::uint16_t>(words[2] >> 48);
}

inline BlockFields fields_of(const HeaderWords& words) noexcept {
  BlockFields fields;
  take_apart(words, fields);
  return fields;
}

enum class HeaderVerdict : std::uint8_t {
  kIntact,
  kFrontDamaged,  // the very last byte has changed: a write ended right before the user pointer
  kCorrupt,       // the seal does not match
};

/// What the words of a header at address `at` say; `fields` is set only if they verify.
inline HeaderVerdict unpack_header(const HeaderWords& words, std::uintptr_t at, const Keys& keys,
                                   BlockFields& fields) noexcept {
  const auto word3_high = static_cast<std::uint32_t>(words[3] >> 32);
  const std::uint32_t seal = seal_of(words[0], words[1], words[2], word3_high, at, keys);
  const std::uint16_t front = front_canary_of(at + kHeaderSize, keys);
  if (static_cast<std::uint32_t>(words[3]) != seal || (word3_high >> 16) != front) [[unlikely]] {
    return (word3_high >> 24) != (front >> 8) ? HeaderVerdict::kFrontDamaged : HeaderVerdict::kCorrupt;
  }
  take_apart(words, fields);
  return HeaderVerdict::kIntact;
}

inline HeaderVerdict read_header(const BlockHeader* header, const Keys& keys, BlockFields& fields) noexcept {
  return unpack_header(load_header(header), reinterpret_cast<std::uintptr_t>(header), keys, fields);
}

/// A snapshot for reports: of a block whose header could not be read, and of one whose header says `fields`.
/// `granules` is what out-of-band data says of the block's length.
inline BlockSnapshot snapshot_of(const BlockHeader* header, std::uint32_t granules) noexcept {
  BlockSnapshot snapshot;
  snapshot.header = reinterpret_cast<std::uintptr_t>(header);
  snapshot.user = reinterpret_cast<std::uintptr_t>(header->user());
  snapshot.block_size = std::uint64_t{granules} * kGranule;
  return snapshot;
}

inline BlockSnapshot snapshot_of(const BlockHeader* header, std::uint32_t granules,
                                 const BlockFields& fields) noexcept {
  BlockSnapshot snapshot = snapshot_of(header, granules);
  snapshot.sealed = true;
  snapshot.requested = fields.requested;
  snapshot.alignment = fields.align_log2 == 0 ? 0 : std::uint64_t{1} << fields.align_log2;
  snapshot.number = fields.number;
  snapshot.alloc_trace = fields.alloc_trace;
  snapshot.free_trace = fields.free_trace;
  snapshot.alloc_thread = fields.alloc_thread;
  snapshot.free_thread = fields.free_thread;
  snapshot.state = fields.state;
  snapshot.origin = fields.origin;
  return snapshot;
}

}  // namespace padlock::core
