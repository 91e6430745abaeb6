// The header of a block: 32 bytes right before the user pointer, packed (header_layout.h), sealed, and never
// believed before its seal has been verified.
//
// Only the block's owner writes it: the thread that allocates or frees it, or the heap while it is idle.
// No operation writes a neighbour's header, so the words can be read by others at any time (a torn read shows
// as a broken seal; read again to be sure).
#pragma once

#include <array>
#include <atomic>
#include <bit>
#include <cstddef>
#include <cstdint>

#include "core/block/header_layout.h"
#include "core/block/layout.h"
#include "core/block/seal.h"
#include "core/block/slot.h"
#include "core/config.h"

namespace padlock::core {

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

/// The header's last two bytes: their value is known without the rest, so a write that ends right before
/// the user pointer can be distinguished from other damage. Never zero, otherwise of any value.
inline std::uint16_t front_canary_of(std::uintptr_t user, const Keys& keys) noexcept {
  const std::uint64_t mixed = (static_cast<std::uint64_t>(user) ^ keys.front) * kCanaryFactor;
  return static_cast<std::uint16_t>(arch::nonzero_bytes(mixed ^ (mixed >> 32)) >> 48);
}

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

/// What the seal's word holds beside the seal.
inline std::uint32_t beside_seal(const HeaderWords& words) noexcept {
  return static_cast<std::uint32_t>(words[header_field::kSeal.word] >> (32 - header_field::kSeal.shift));
}

/// The seal over all the words of a header at address `at`, but for the seal itself.
[[gnu::always_inline]] inline std::uint32_t seal_for(const HeaderWords& words, std::uintptr_t at,
                                                     const Keys& keys) noexcept {
  constexpr auto kOther = [](unsigned i) { return i < header_field::kSeal.word ? i : i + 1; };
  return seal_of(words[kOther(0)], words[kOther(1)], words[kOther(2)], beside_seal(words), at, keys);
}

/// The same words with that seal.
[[gnu::always_inline]] inline HeaderWords sealed(HeaderWords words, std::uintptr_t at,
                                                 const Keys& keys) noexcept {
  header_field::kSeal.put(words, seal_for(words, at, keys));
  return words;
}

/// The seal that a header's words carry, right or wrong.
inline std::uint32_t seal_in(const HeaderWords& words) noexcept {
  return static_cast<std::uint32_t>(header_field::kSeal.in(words));
}

/// Eight canary bytes of the live block whose header carries these words; see canary_of().
[[gnu::always_inline]] inline std::uint64_t canary_in(const HeaderWords& words, const Keys& keys) noexcept {
  return canary_of(seal_in(words), keys);
}

/// The allocation number that they carry.
inline std::uint64_t number_in(const HeaderWords& words) noexcept {
  namespace field = header_field;
  return field::kNumberLow.in(words) | field::kNumberHigh.in(words) << field::kNumberLow.width;
}

/// The front canary that they carry.
inline std::uint16_t front_in(const HeaderWords& words) noexcept {
  return static_cast<std::uint16_t>(header_field::kFrontCanary.in(words));
}

/// `front`: the header's front canary.
[[gnu::always_inline]] inline HeaderWords pack_header(const BlockFields& fields, std::uint16_t front,
                                                      std::uintptr_t at, const Keys& keys) noexcept {
  namespace field = header_field;
  HeaderWords words{};
  field::kGranules.put(words, fields.granules);
  field::kState.put(words, fields.state);
  field::kOrigin.put(words, fields.origin);
  field::kAlignLog2.put(words, fields.align_log2);
  field::kAllocTrace.put(words, fields.alloc_trace);
  field::kRequested.put(words, fields.requested);
  field::kFreeTrace.put(words, fields.free_trace);
  field::kNumberLow.put(words, fields.number);
  field::kNumberHigh.put(words, fields.number >> field::kNumberLow.width);
  field::kAllocThread.put(words, fields.alloc_thread);
  field::kFreeThread.put(words, fields.free_thread);
  field::kFrontCanary.put(words, front);
  return sealed(words, at, keys);
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

/// How a block without an owner is remembered.
inline BlockSlot slot_of(BlockHeader* header, std::uint32_t granules) noexcept {
  return {header, granules, seal_in(load_header(header))};
}

/// What the words of a header say, whether they verify or not. Field by field into place: a struct that is
/// made and then copied is loaded in wider pieces than it was stored in, which stalls.
inline void take_apart(const HeaderWords& words, BlockFields& fields) noexcept {
  namespace field = header_field;
  fields.granules = static_cast<std::uint32_t>(field::kGranules.in(words));
  fields.state = static_cast<BlockState>(field::kState.in(words));
  fields.origin = static_cast<Origin>(field::kOrigin.in(words));
  fields.align_log2 = static_cast<std::uint8_t>(field::kAlignLog2.in(words));
  fields.alloc_trace = static_cast<std::uint32_t>(field::kAllocTrace.in(words));
  fields.requested = field::kRequested.in(words);
  fields.free_trace = static_cast<std::uint32_t>(field::kFreeTrace.in(words));
  fields.number = field::kNumberLow.in(words) | field::kNumberHigh.in(words) << field::kNumberLow.width;
  fields.alloc_thread = static_cast<std::uint16_t>(field::kAllocThread.in(words));
  fields.free_thread = static_cast<std::uint16_t>(field::kFreeThread.in(words));
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
  const std::uint32_t seal = seal_for(words, at, keys);
  const std::uint16_t front = front_canary_of(at + kHeaderSize, keys);
  if (seal_in(words) != seal || front_in(words) != front) [[unlikely]] {
    return front_in(words) >> 8 != front >> 8 ? HeaderVerdict::kFrontDamaged : HeaderVerdict::kCorrupt;
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

/// The other way round: what the header of a live block says that is known out of band.
inline BlockFields fields_of(const BlockSnapshot& block) noexcept {
  BlockFields fields;
  fields.granules = static_cast<std::uint32_t>(block.block_size / kGranule);
  fields.state = block.state;
  fields.origin = block.origin;
  fields.align_log2 =
      block.alignment == 0 ? std::uint8_t{0} : static_cast<std::uint8_t>(std::countr_zero(block.alignment));
  fields.alloc_trace = block.alloc_trace;
  fields.alloc_thread = block.alloc_thread;
  fields.requested = block.requested;
  fields.number = block.number;
  return fields;
}

}  // namespace padlock::core
