// The stack depot's memory.
#include "trace/depot.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "os/memory.h"
#include "os/tables.h"

namespace padlock::trace {
namespace {

constexpr std::size_t kWord = sizeof(std::uint64_t);
constexpr std::size_t kPlace = sizeof(std::uint32_t);
constexpr std::uint64_t kMostWords = std::uint64_t{1} << 32;  // a place has 32 bits
constexpr std::uint32_t kLeftOut = 1000;                      // stacks: a refused mapping costs a system call
constexpr std::size_t kBytesPerId = 64;  // a stack of four frames or five; shorter ones run out of ids first

constexpr unsigned kCountShift = 40;
constexpr std::uint64_t kWordsMask = (std::uint64_t{1} << kCountShift) - 1;

}  // namespace

// The return addresses follow.
struct Depot::Node {
  std::uint32_t depth;
  std::uint32_t generation;

  [[nodiscard]] std::uintptr_t* pcs() noexcept { return reinterpret_cast<std::uintptr_t*>(this + 1); }
};

void* Depot::map_pages(std::size_t bytes) { return os::can_spare(bytes) ? os::map_table(bytes) : nullptr; }

void Depot::init(std::size_t bytes, WhenShort when_short, MapMemory map) noexcept {
  static_assert(sizeof(Node) % kWord == 0 && std::atomic<std::uint64_t>::is_always_lock_free);
  static_assert(Places::kMost > DepotLine::kMostIds && Words::kMost <= kMostWords);
  const std::size_t page = os::page_size();
  bytes = std::max(4 * page, bytes / page * page);
  most_ids_ = std::min(bytes / kBytesPerId, DepotLine::kMostIds);
  const std::size_t index_size = DepotIndex::bytes_for(most_ids_);
  const std::size_t places_size = kPlace * (most_ids_ + 1);
  most_words_ = std::min((bytes - index_size - places_size) / kWord, Words::kMost);
  index_.init(most_ids_, map);
  cursor_.store(1, std::memory_order_relaxed);  // place 0 means none
  when_short_ = when_short;
  map_ = map;
}

TraceId Depot::intern(std::span<const std::uintptr_t> pcs, std::uint64_t hash,
                      std::uint32_t generation) noexcept {
  if (map_ == nullptr || pcs.empty() || pcs.size() > kMaxDepth) return 0;
  if (const TraceId id = index_.find(hash)) [[likely]]
    return id;
  return add(pcs, hash, generation);
}

// Where threads add one stack at once, all but one of their copies are never used.
TraceId Depot::add(std::span<const std::uintptr_t> pcs, std::uint64_t hash,
                   std::uint32_t generation) noexcept {
  if (degraded() || is_waiting_for_memory()) return 0;
  TraceId made = 0;
  if (const Room room = write(pcs, generation, made); room != Room::kFound) return do_without(room);
  const TraceId id = index_.add(hash, made);
  if (id == 0) return do_without(index_.is_complete() ? Room::kFull : Room::kNoMemory);
  if (id == made) {
    const std::size_t before = count_.fetch_add(1, std::memory_order_relaxed);
    if (before + 1 == kManyStacks && when_short_ != nullptr) when_short_(Shortage::kManyStacks);
  }
  return id;
}

// To where no link leads yet.
Depot::Room Depot::write(std::span<const std::uintptr_t> pcs, std::uint32_t generation,
                         TraceId& id) noexcept {
  std::uint64_t place = 0;
  if (const Room room = reserve((sizeof(Node) + pcs.size_bytes()) / kWord, id, place); room != Room::kFound)
    return room;
  Node* created = new (words_.find(place)) Node{};
  created->depth = static_cast<std::uint32_t>(pcs.size());
  created->generation = generation;
  std::memcpy(created->pcs(), pcs.data(), pcs.size_bytes());
  places_.find(id)->store(static_cast<std::uint32_t>(place), std::memory_order_release);
  return Room::kFound;
}

TraceId Depot::do_without(Room room) noexcept {
  if (room == Room::kNoMemory) left_out_.store(kLeftOut, std::memory_order_relaxed);
  std::atomic<bool>& noted = room == Room::kFull ? degraded_ : was_out_of_memory_;
  if (!noted.exchange(true, std::memory_order_relaxed) && when_short_ != nullptr)
    when_short_(room == Room::kFull ? Shortage::kFull : Shortage::kNoMemory);
  return 0;
}

bool Depot::is_waiting_for_memory() noexcept {
  const std::uint32_t left = left_out_.load(std::memory_order_relaxed);
  if (left == 0) [[likely]]
    return false;
  left_out_.store(left - 1, std::memory_order_relaxed);
  return true;
}

// An id and room for a stack at once, so that neither is lost for want of the other. No stack lies across two
// chunks.
Depot::Room Depot::reserve(std::uint64_t words, TraceId& id, std::uint64_t& place) noexcept {
  std::uint64_t before = cursor_.load(std::memory_order_relaxed);
  std::uint64_t after = 0;
  do {
    place = before & kWordsMask;
    if (place % Words::kChunk + words > Words::kChunk) place += Words::kChunk - place % Words::kChunk;
    id = static_cast<TraceId>((before >> kCountShift) + 1);
    if (id > most_ids_ || place + words > most_words_) return Room::kFull;
    if (!places_.reach(id, map_) || !words_.reach(place, map_)) return Room::kNoMemory;
    after = std::uint64_t{id} << kCountShift | (place + words);
  } while (!cursor_.compare_exchange_weak(before, after, std::memory_order_relaxed));
  return Room::kFound;
}

Depot::Node* Depot::node(TraceId id) const noexcept {
  const std::atomic<std::uint32_t>* const known = places_.find(id);
  const std::uint32_t place = known == nullptr ? 0 : known->load(std::memory_order_acquire);
  return place == 0 ? nullptr : reinterpret_cast<Node*>(words_.find(place));
}

std::size_t Depot::fetch(TraceId id, std::span<std::uintptr_t> pcs) const noexcept {
  if (id > most_ids_) return 0;
  Node* found = node(id);
  if (found == nullptr) return 0;
  const std::size_t copied = std::min<std::size_t>(found->depth, pcs.size());
  std::memcpy(pcs.data(), found->pcs(), copied * sizeof(std::uintptr_t));
  return found->depth;
}

std::uint32_t Depot::generation_of(TraceId id) const noexcept {
  const Node* const found = id > most_ids_ ? nullptr : node(id);
  return found == nullptr ? 0 : found->generation;
}

std::size_t Depot::bytes_used() const noexcept {
  if (map_ == nullptr) return 0;
  const std::uint64_t now = cursor_.load(std::memory_order_relaxed);
  const std::uint64_t ids = now >> kCountShift;
  return ids * DepotIndex::kBytesPerId + kPlace * (ids + 1) + (now & kWordsMask) * kWord;
}

}  // namespace padlock::trace
