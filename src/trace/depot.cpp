// The stack depot's memory.
#include "trace/depot.h"

#include <algorithm>
#include <cstring>
#include <new>

#include "os/memory.h"

namespace padlock::trace {
namespace {

constexpr std::size_t kWord = sizeof(std::uint64_t);
constexpr std::uint64_t kMostWords = std::uint64_t{1} << 32;  // a place has 32 bits
constexpr std::size_t kBytesPerId = 64;  // a stack of four frames or five; shorter ones run out of ids first

constexpr unsigned kCountShift = 40;
constexpr std::uint64_t kWordsMask = (std::uint64_t{1} << kCountShift) - 1;

}  // namespace

// The return addresses follow.
struct Depot::Node {
  std::uint64_t depth;

  [[nodiscard]] std::uintptr_t* pcs() noexcept { return reinterpret_cast<std::uintptr_t*>(this + 1); }
};

bool Depot::init(std::size_t bytes, WhenShort when_short) noexcept {
  static_assert(sizeof(Node) % kWord == 0 && std::atomic<std::uint64_t>::is_always_lock_free);
  const std::size_t page = os::page_size();
  bytes = bytes < 4 * page ? 4 * page : bytes / page * page;
  most_ids_ = std::min(bytes / kBytesPerId, DepotLine::kMostIds);
  const std::size_t index_size = DepotIndex::bytes_for(most_ids_);
  const std::size_t places_size = (sizeof(*places_) * (most_ids_ + 1) + kWord - 1) / kWord * kWord;
  most_words_ = (bytes - index_size - places_size) / kWord;
  if (most_words_ > kMostWords) most_words_ = kMostWords;

  auto* memory = static_cast<std::byte*>(os::map(bytes, os::Protection::kReadWrite));
  if (memory == nullptr) return false;
  index_.init(memory, most_ids_);
  places_ = reinterpret_cast<std::atomic<std::uint32_t>*>(memory + index_size);
  words_ = reinterpret_cast<std::uint64_t*>(memory + index_size + places_size);
  cursor_.store(1, std::memory_order_relaxed);  // place 0 means none
  when_short_ = when_short;
  return true;
}

TraceId Depot::intern(std::span<const std::uintptr_t> pcs, std::uint64_t hash) noexcept {
  if (words_ == nullptr || pcs.empty() || pcs.size() > kMaxDepth) return 0;
  if (const TraceId id = index_.find(hash)) [[likely]]
    return id;
  return add(pcs, hash);
}

// Where threads add one stack at once, all but one of their copies are never used.
TraceId Depot::add(std::span<const std::uintptr_t> pcs, std::uint64_t hash) noexcept {
  if (degraded()) return 0;
  const TraceId made = write(pcs);
  const TraceId id = made == 0 ? 0 : index_.add(hash, made);
  if (id == 0) {
    degrade();
  } else if (id == made) {
    const std::size_t before = count_.fetch_add(1, std::memory_order_relaxed);
    if (before + 1 == kManyStacks && when_short_ != nullptr) when_short_(Shortage::kManyStacks);
  }
  return id;
}

// To where no link leads yet.
TraceId Depot::write(std::span<const std::uintptr_t> pcs) noexcept {
  TraceId id = 0;
  std::uint64_t place = 0;
  if (!reserve((sizeof(Node) + pcs.size_bytes()) / kWord, id, place)) return 0;
  Node* created = new (words_ + place) Node{};
  created->depth = pcs.size();
  std::memcpy(created->pcs(), pcs.data(), pcs.size_bytes());
  places_[id].store(static_cast<std::uint32_t>(place), std::memory_order_release);
  return id;
}

void Depot::degrade() noexcept {
  if (!degraded_.exchange(true, std::memory_order_relaxed) && when_short_ != nullptr)
    when_short_(Shortage::kFull);
}

// An id and room for a stack at once, so that neither is lost for want of the other.
bool Depot::reserve(std::uint64_t words, TraceId& id, std::uint64_t& place) noexcept {
  std::uint64_t before = cursor_.load(std::memory_order_relaxed);
  std::uint64_t after = 0;
  do {
    place = before & kWordsMask;
    id = static_cast<TraceId>((before >> kCountShift) + 1);
    if (id > most_ids_ || place + words > most_words_) return false;
    after = std::uint64_t{id} << kCountShift | (place + words);
  } while (!cursor_.compare_exchange_weak(before, after, std::memory_order_relaxed));
  return true;
}

Depot::Node* Depot::node(TraceId id) const noexcept {
  const std::uint32_t place = places_[id].load(std::memory_order_acquire);
  return place == 0 ? nullptr : reinterpret_cast<Node*>(words_ + place);
}

std::size_t Depot::fetch(TraceId id, std::span<std::uintptr_t> pcs) const noexcept {
  if (words_ == nullptr || id > most_ids_) return 0;
  Node* found = node(id);
  if (found == nullptr) return 0;
  const std::size_t copied = found->depth < pcs.size() ? found->depth : pcs.size();
  std::memcpy(pcs.data(), found->pcs(), copied * sizeof(std::uintptr_t));
  return found->depth;
}

std::size_t Depot::bytes_used() const noexcept {
  if (words_ == nullptr) return 0;
  const std::uint64_t now = cursor_.load(std::memory_order_relaxed);
  const std::uint64_t ids = now >> kCountShift;
  return ids * DepotIndex::kBytesPerId + sizeof(*places_) * (ids + 1) + (now & kWordsMask) * kWord;
}

}  // namespace padlock::trace
