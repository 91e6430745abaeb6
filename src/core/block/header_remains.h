// What a damaged header of which nothing can be proven (header_repair.h) still shows: which of its bytes have
// certainly changed, and which fields are plausible each on its own. No proof: that the seal does not match
// shows that something has changed, and the rest may have as well.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "core/block/header_repair.h"

namespace padlock::core {

struct HeaderRemains {
  std::array<bool, kHeaderSize> known{};    // bytes of which it is certain what they were
  HeaderBytes bytes{};                      // what they were
  std::array<bool, kHeaderSize> changed{};  // bytes that have certainly changed
  /// What the block's padding says, and of a block in the program's hands alone.
  std::optional<std::uint64_t> requested;
  /// The block is in the program's hands, and its length, state, origin, alignment and size hold together:
  /// those of `fields`, with the trace of its allocation.
  bool legible = false;
  /// The allocation's number and thread hold together too.
  bool numbered = false;
  BlockFields fields;

  /// Whether all of bytes [first, end) of the header at `header` have been written: each has certainly
  /// changed, or they are a fill.
  [[nodiscard]] bool is_run(const BlockHeader* header, std::size_t first, std::size_t end) const noexcept;
  /// Whether nothing speaks against that: no byte of which it is known what it was is untouched.
  [[nodiscard]] bool may_be_run(const BlockHeader* header, std::size_t first, std::size_t end) const noexcept;
  /// How many have certainly changed.
  [[nodiscard]] std::size_t count_changed() const noexcept;
};

/// `granules`: the block's length; `number`: no allocation has a greater one; `live`: whether the program has
/// the block. For a header that neither verifies nor can be repaired.
HeaderRemains remains_of(const BlockHeader* header, std::uint32_t granules, std::uint64_t number, bool live,
                         const Keys& keys) noexcept;

/// What the padding of a live block says of it, whatever became of its header.
struct PaddingRemains {
  /// How many bytes the program asked for, or fewer: the last bytes of its data may look like padding.
  std::uint64_t requested = 0;
  /// What the header was sealed with.
  std::uint32_t seal = 0;
};

/// Absent where the last bytes of the padding are damaged. `granules`: the block's length.
std::optional<PaddingRemains> padding_remains(const BlockHeader* header, std::uint32_t granules,
                                              const Keys& keys) noexcept;

}  // namespace padlock::core
