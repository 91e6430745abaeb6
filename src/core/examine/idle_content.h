// What each byte of an idle block must hold: its links, poison, or zeros. Used where something in it is
// damaged.
#pragma once

#include <cstdint>

#include "core/block/idle_memory.h"
#include "core/block/pattern.h"
#include "core/index/block.h"
#include "core/index/free_index.h"

namespace padlock::core {

class IdleContent {
 public:
  /// `links`: what the first bytes should hold, or null where there are no links. `filled_from`: from there
  /// on whole chunks may be zero.
  IdleContent(BlockView block, const IdleLinks* links, std::uintptr_t filled_from,
              const Poison& poison) noexcept
      : block_(block),
        links_(links),
        user_(address_of(block.user())),
        bytes_({filled_from, user_ + block.capacity()}, poison) {}

  [[nodiscard]] ExpectedByte at(std::uintptr_t address) noexcept {
    if (address < user_ || address >= user_ + block_.capacity()) return {};
    if (links_ != nullptr && address < user_ + sizeof(IdleLinks)) {
      const std::uint64_t link = address < user_ + 8 ? links_->next : links_->prev;
      return {true, pattern_byte(link, address)};
    }
    const Bitmap& ghosts = block_.region->ghosts;
    const std::uint32_t granule = block_.region->granule_of(address);
    if (ghosts.test(granule) || ghosts.test(granule - 1)) return {};
    return {true, bytes_.at(address)};
  }

  /// From `address` on, up to `end` at most: the end of the whole pieces in which no byte has changed.
  [[nodiscard]] std::uintptr_t intact_until(std::uintptr_t address, std::uintptr_t end) noexcept {
    constexpr std::uintptr_t kPiece = 128;  // a part of a chunk
    if (address % kPiece != 0 || address < user_ + sizeof(IdleLinks)) return address;
    const Region& region = *block_.region;
    while (end - address >= kPiece) {
      const std::uint32_t first = region.granule_of(address);
      const bool any = region.ghosts.first_in(first - 1, first + kPiece / kGranule) != Bitmap::kNone;
      if (any || !bytes_.is_poison(address, address + kPiece)) break;
      address += kPiece;
    }
    return address;
  }

  /// For measure_damage().
  class Bytes {
   public:
    explicit Bytes(IdleContent& content) noexcept : content_(&content) {}
    ExpectedByte operator()(std::uintptr_t address) const noexcept { return content_->at(address); }
    [[nodiscard]] std::uintptr_t intact_until(std::uintptr_t address, std::uintptr_t end) const noexcept {
      return content_->intact_until(address, end);
    }

   private:
    IdleContent* content_;
  };

 private:
  BlockView block_;
  const IdleLinks* links_;
  std::uintptr_t user_;
  IdleBytes bytes_;
};

}  // namespace padlock::core
