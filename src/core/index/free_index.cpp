// Inserting, removing and searching, each link verified before it is followed.
#include "core/index/free_index.h"

#include <bit>

#include "core/block/layout.h"
#include "core/block/pattern.h"

namespace padlock::core {
namespace {

constexpr std::uint64_t kLinkBits = (std::uint64_t{1} << 62) - 1;

IdleLinks* links_of(BlockHeader* block) noexcept { return reinterpret_cast<IdleLinks*>(block->user()); }
const IdleLinks* links_of(const BlockHeader* block) noexcept {
  return reinterpret_cast<const IdleLinks*>(block->user());
}

// By the link's place. Of a block's two links one has a bit above all addresses that the other has not: they
// are no pointers near each other, whatever they lead to.
std::uint64_t mark_of(const std::uint64_t& link) noexcept {
  const std::uint64_t place = address_of(&link);
  return std::rotl(place, 20) ^ (place & sizeof link) << 57;
}

// A header with links fits there: a mark alone does not say so.
bool has_room_at(const Region& region, std::uint32_t granule) noexcept {
  return granule + kMinBlockGranules <= region.open();
}

}  // namespace

// Bits 63 and 62 of a link differ, so that it is not canonical: a program that takes it for a pointer traps.
std::uint64_t FreeIndex::encode(const BlockHeader* target, const std::uint64_t& link) const noexcept {
  const std::uint64_t mixed = (address_of(target) ^ keys_.link ^ mark_of(link)) & kLinkBits;
  return mixed | (mixed >> 61 == 0 ? kLinkBits + 1 : 2 * (kLinkBits + 1));
}

// Of what encode() never makes: a pointer to no block.
BlockHeader* FreeIndex::decode(const std::uint64_t& link) const noexcept {
  const std::uint64_t target = (link ^ keys_.link ^ mark_of(link)) & kLinkBits;
  auto* const block = reinterpret_cast<BlockHeader*>(target);
  return encode(block, link) == link ? block : reinterpret_cast<BlockHeader*>(target | 1);
}

IdleLinks FreeIndex::links_at(const BlockHeader* block, const BlockHeader* next,
                              const BlockHeader* prev) const noexcept {
  const IdleLinks* const links = links_of(block);
  return {encode(next, links->next), encode(prev, links->prev)};
}

bool FreeIndex::is_idle(const BlockHeader* block) const noexcept {
  const auto address = address_of(block);
  if (address % kGranule != 0) return false;
  const Region* region = regions_.find(address);
  if (region == nullptr) return false;
  const std::uint32_t granule = region->granule_of(address);
  return has_room_at(*region, granule) && region->idle.test(granule);
}

bool FreeIndex::heads_hold() const noexcept {
  for (std::uint32_t bin = 0; bin < BinMap::kBits; ++bin) {
    const BlockHeader* const head = heads_[bin];
    if (map_.test(bin) != (head != nullptr) || (head != nullptr && !is_idle(head))) return false;
  }
  return true;
}

FreeIndex::Hit FreeIndex::smallest_in(std::uint32_t bin, Search& search) noexcept {
  Hit best;
  BlockHeader* block = heads_[bin];
  for (unsigned seen = 0; block != nullptr && seen < kSearchLimit; ++seen) {
    ++search.seen;
    BlockFields fields;
    if (read_header(block, keys_, fields) != HeaderVerdict::kIntact) return {nullptr, 0, block};
    const std::uint32_t at_least = search.granules + lead_at(address_of(block), search.alignment);
    if (fields.granules >= at_least && (best.block == nullptr || fields.granules < best.granules)) {
      best = {block, fields.granules, nullptr};
      if (best.granules == search.granules || bin < kExactBins) break;
    }
    BlockHeader* next = decode(links_of(block)->next);
    if (!next_is_sound(block)) return {nullptr, 0, verify_links(block, fields.granules)};
    block = next;
  }
  return best;
}

FreeIndex::Hit FreeIndex::find_exact(std::uint32_t granules) noexcept {
  Search search{granules};
  const Hit hit = smallest_in(bin_of(granules), search);
  return hit.block != nullptr && hit.granules != granules ? Hit{} : hit;
}

// Only the first bin can hold blocks that are too small; where alignment is asked for, all bins up to the
// one from which on any block will do. A part of those is searched: blocks that were aligned before lie
// there.
FreeIndex::Hit FreeIndex::find_best(std::uint32_t granules, std::size_t alignment) noexcept {
  const std::uint32_t last_of_luck = bin_of(granules + worst_lead(alignment));
  Search search{granules, alignment};
  std::uint32_t bin = map_.first_from(bin_of(granules));
  while (bin != BinMap::kNone) {
    const Hit hit = smallest_in(bin, search);
    if (hit.block != nullptr || hit.damaged != nullptr) return hit;
    const bool out_of_luck = search.seen >= kLuckLimit && bin < last_of_luck;
    bin = map_.first_from(out_of_luck ? last_of_luck : bin + 1);
  }
  return {};
}

FreeIndex::Hit FreeIndex::any() noexcept {
  const std::uint32_t bin = map_.first_from(0);
  Search search;
  return bin == BinMap::kNone ? Hit{} : smallest_in(bin, search);
}

const BlockHeader* FreeIndex::insert(BlockHeader* block, std::uint32_t granules) noexcept {
  const std::uint32_t bin = bin_of(granules);
  BlockHeader* head = heads_[bin];
  if (head != nullptr) {
    if (decode(links_of(head)->prev) != nullptr) return head;
    links_of(head)->prev = encode(block, links_of(head)->prev);
  }
  *links_of(block) = links_at(block, head, nullptr);
  heads_[bin] = block;
  map_.set(bin);
  Region* region = regions_.find(address_of(block));
  region->idle.set(region->granule_of(block));
  ++count_;
  bytes_ += std::size_t{granules} * kGranule;
  return nullptr;
}

// A link and its back link are unlikely to be damaged consistently: a link that is returned, or that leads
// nowhere, is sound.
bool FreeIndex::prev_is_sound(const BlockHeader* block) const noexcept {
  const BlockHeader* prev = decode(links_of(block)->prev);
  return prev == nullptr || (is_idle(prev) && decode(links_of(prev)->next) == block);
}

bool FreeIndex::next_is_sound(const BlockHeader* block) const noexcept {
  const BlockHeader* next = decode(links_of(block)->next);
  return next == nullptr || (is_idle(next) && decode(links_of(next)->prev) == block);
}

const BlockHeader* FreeIndex::verify_links(const BlockHeader* block, std::uint32_t granules) const noexcept {
  // A damaged link may lead to some other idle block. That one is damaged only if its own link is no better.
  if (!next_is_sound(block)) {
    const BlockHeader* next = decode(links_of(block)->next);
    return is_idle(next) && !prev_is_sound(next) ? next : block;
  }
  const BlockHeader* prev = decode(links_of(block)->prev);
  if (prev == nullptr) return heads_[bin_of(granules)] == block ? nullptr : block;
  if (prev_is_sound(block)) return nullptr;
  return is_idle(prev) && !next_is_sound(prev) ? prev : block;
}

const BlockHeader* FreeIndex::remove(BlockHeader* block, std::uint32_t granules) noexcept {
  if (const BlockHeader* damaged = verify_links(block, granules); damaged != nullptr) return damaged;
  BlockHeader* next = decode(links_of(block)->next);
  BlockHeader* prev = decode(links_of(block)->prev);
  const std::uint32_t bin = bin_of(granules);
  if (next != nullptr) links_of(next)->prev = encode(prev, links_of(next)->prev);
  if (prev != nullptr) links_of(prev)->next = encode(next, links_of(prev)->next);
  if (prev == nullptr) heads_[bin] = next;
  if (heads_[bin] == nullptr) map_.clear(bin);
  fill_poison(block->user(), block->user() + sizeof(IdleLinks), keys_.poison);
  Region* region = regions_.find(address_of(block));
  region->idle.clear(region->granule_of(block));
  --count_;
  bytes_ -= std::size_t{granules} * kGranule;
  return nullptr;
}

IdleLinks FreeIndex::expected_links(const BlockHeader* block) const noexcept {
  const BlockHeader* next = nullptr;
  const BlockHeader* prev = nullptr;
  for (const Region& region : regions_) {
    std::uint32_t granule = region.idle.first_in(0, region.top);
    for (; granule != Bitmap::kNone && has_room_at(region, granule);
         granule = region.idle.first_in(granule + 1, region.top)) {
      const BlockHeader* other = region.header_at(granule);
      if (other == block) continue;
      if (decode(links_of(other)->prev) == block) next = other;
      if (decode(links_of(other)->next) == block) prev = other;
    }
  }
  return links_at(block, next, prev);
}

void FreeIndex::clear() noexcept {
  for (BlockHeader*& head : heads_) head = nullptr;
  map_ = BinMap{};
  count_ = 0;
  bytes_ = 0;
}

}  // namespace padlock::core
