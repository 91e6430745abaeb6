// All live blocks of a moment, and the way from an address to the block that holds it. Pure but for its
// memory: where the blocks come from it does not know.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "runtime/leaks/own_list.h"

namespace padlock::runtime {

/// What points to a block.
enum class Reach : std::uint8_t {
  kNothing,  // or only itself
  kLeaked,   // another block that nothing leads to
  kRoot,     // a root, by way of any number of blocks
};

struct LiveBlock {
  std::uintptr_t begin = 0;  // the user pointer
  std::uint64_t size = 0;    // bytes, as requested
  std::uint32_t trace = 0;   // of its allocation
  std::uint16_t thread = 0;
  Reach reach = Reach::kNothing;
  bool is_root : 1 = false;     // in use whatever points to it
  bool has_poison : 1 = false;  // some of it is poisoned by a pool, and followed by nobody
};

/// Not thread-safe.
class LiveBlocks {
 public:
  static constexpr std::uint32_t kNone = UINT32_MAX;

  /// False without memory.
  bool add(const LiveBlock& block) noexcept { return blocks_.add(block); }
  bool reserve(std::size_t count) noexcept { return blocks_.reserve(count); }
  /// After the last add(), before the first find(): sorts them and makes the index. False without memory, or
  /// if there are too many.
  bool seal() noexcept;

  /// The index of the block that `address` points into, or to the start of, where it is empty. An array of
  /// no objects with a count before it is pointed to at its end. kNone: there is none.
  [[nodiscard]] std::uint32_t find(std::uintptr_t address) const noexcept;

  [[nodiscard]] std::size_t size() const noexcept { return blocks_.size(); }
  [[nodiscard]] LiveBlock& operator[](std::uint32_t index) noexcept { return blocks_[index]; }
  [[nodiscard]] const LiveBlock& operator[](std::uint32_t index) const noexcept { return blocks_[index]; }
  [[nodiscard]] std::span<const LiveBlock> all() const noexcept { return blocks_.items(); }

 private:
  // The address space is cut into slots; for each slot that blocks lie in there is a table of how many blocks
  // begin before each of its lines.
  static constexpr unsigned kSlotBits = 24;
  static constexpr unsigned kLineBits = 10;
  static constexpr std::size_t kLines = std::size_t{1} << (kSlotBits - kLineBits);

  bool number_slots() noexcept;
  void fill_tables() noexcept;
  [[nodiscard]] std::uint32_t last_at_or_before(std::uintptr_t address) const noexcept;

  OwnList<LiveBlock> blocks_;
  std::uintptr_t first_slot_ = 0;
  OwnList<std::uint32_t> slots_;   // from the first on: the number of its table plus one, 0: no block there
  OwnList<std::uint32_t> tables_;  // kLines + 1 counts each
};

}  // namespace padlock::runtime
