// What the model makes of a call: it takes a new layout, brings the book and the ledger up to date, and
// verifies every rule.
#include <algorithm>
#include <bit>
#include <cstring>

#include "core/block/layout.h"
#include "model/checked_heap.h"
#include "model/require.h"
#include "support/operations.h"

namespace padlock::fuzz {

using core::BlockSnapshot;
using core::BlockState;
using core::FaultKind;
using core::kHeaderSize;

namespace {

bool same_family(core::Origin a, core::Origin b) {
  const auto is_malloc = [](core::Origin origin) {
    return origin == core::Origin::kMalloc || origin == core::Origin::kAligned;
  };
  return a == b || (is_malloc(a) && is_malloc(b));
}

std::uint8_t content_byte(std::uint8_t seed, std::size_t index) {
  return static_cast<std::uint8_t>(seed + index * 7 + (index >> 8));
}

void remember_lock(LiveBlock& live) {
  const std::uintptr_t end = end_of(live.identity);
  std::memcpy(&live.lock, reinterpret_cast<const void*>(end - sizeof live.lock), sizeof live.lock);
}

}  // namespace

std::uint64_t CheckedHeap::next_number(const core::Caller& by) {
  book_.last_number = by.number != 0 ? by.number : book_.last_number + 1;
  return book_.last_number & 0xFFFFFFFFFFFFU;
}

LiveBlock& CheckedHeap::adopt(std::uintptr_t user, const core::AllocRequest& request) {
  const BlockSnapshot* found = layout_.at(user - kHeaderSize);
  require(found != nullptr, "a block starts before every pointer that is handed out", {{"user", user}});
  const std::size_t alignment = request.alignment < 16 ? 16 : request.alignment;
  require(user % alignment == 0, "a block is aligned", {{"user", user}, {"alignment", alignment}});
  LiveBlock& live = book_.live[user];
  BlockSnapshot& identity = live.identity;
  identity.header = user - kHeaderSize;
  identity.user = user;
  identity.block_size = found->block_size;
  identity.requested = request.size;
  identity.alignment = request.alignment <= 1 ? 0 : request.alignment;
  identity.number = next_number(request.by);
  identity.alloc_trace = request.by.trace & 0xFFFFFFU;
  identity.alloc_thread = request.by.thread;
  identity.origin = request.origin;
  identity.sealed = true;
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(user);
  live.contents.assign(bytes, bytes + request.size);
  live.hidden = 0;
  visible_.push_back(user);
  mirror_.note(identity.header, end_of(identity));
  remember_lock(live);
  book_.live_bytes += request.size;
  return live;
}

void CheckedHeap::enter_quarantine(const Quarantined& block) {
  const bool accepts = setup_.max_quarantine_bytes() != 0 && setup_.slot_count() != 0;
  (accepts ? book_.quarantine : entering_).push_back(block);
}

void CheckedHeap::release(LiveBlock& live, const core::Caller& by) {
  BlockSnapshot identity = live.identity;
  identity.free_trace = by.trace & 0xFFFFFFU;
  identity.free_thread = by.thread;
  identity.state = BlockState::kQuarantined;
  ledger_.forget(identity.header, end_of(identity));
  book_.live_bytes -= std::min(book_.live_bytes, identity.requested);  // of a mended block it is a guess
  book_.idle[identity.header] = {identity, true};
  enter_quarantine({identity.header, identity.block_size});
  book_.live.erase(identity.user);
}

void CheckedHeap::expect_and_heal(Judge& judged, const core::Fault& fault) {
  judged.expect(fault);
  told_.push_back(fault);
  heal(fault);
}

void CheckedHeap::expect_late(Judge& judged, std::initializer_list<core::Moment> moments) {
  judged.expect_late(moments);
  for (const core::Fault& fault : judged.late()) heal(fault);
}

// What a write has hit is repaired when it is reported: idle blocks are put aside, live ones get their header
// and their lock back.
void CheckedHeap::heal(const core::Fault& fault) {
  for (const BlockSnapshot& block : layout_.blocks()) {
    if (!was_hit(block, fault)) continue;
    LiveBlock* live = live_at(block.user);
    const bool lost = live != nullptr && !oracle().header_provable(live->identity);
    if (lost) mend(*live);
    ledger_.forget(block.header, end_of(block));
  }
}

// True if the header is broken: that is reported, and the header is repaired.
bool CheckedHeap::expect_sound_header(Judge& judged, LiveBlock& live, core::Moment moment) {
  if (!oracle().header_broken(live.identity)) return false;
  const bool provable = oracle().header_provable(live.identity);
  expect_and_heal(judged, oracle().header_fault(live.identity, moment));
  if (!provable && live.identity.number != 0) mend(live);
  ledger_.forget(live.identity.header, live.identity.user);
  return true;
}

// Of the old header nothing is left but the length. What was requested is taken for all that is not padding,
// as far as the bytes show.
void CheckedHeap::mend(LiveBlock& live) {
  BlockSnapshot& identity = live.identity;
  const auto is_lock = [&](std::uint64_t index) {
    const auto byte = static_cast<std::uint8_t>(live.lock >> (8 * (index & 7)));
    if (index < live.contents.size()) return live.contents[index] == byte;
    return !ledger_.changed(identity.user + index);
  };
  std::uint64_t requested = end_of(identity) - identity.user - core::kMinPadding;
  // Which bytes it had is known as long as its last eight are whole.
  const bool whole = !ledger_.any(end_of(identity) - core::kMinPadding, end_of(identity));
  while (whole && requested > 0 && is_lock(requested - 1)) --requested;
  identity.requested = requested;
  identity.number = identity.alignment = identity.alloc_trace = identity.alloc_thread = 0;
  identity.origin = core::Origin::kMalloc;
  live.contents.resize(std::min<std::size_t>(live.contents.size(), requested));
  mirror_.note(identity.header, end_of(identity));
  remember_lock(live);
}

// Takes over what a resize in place has changed; the layout is the new one already. `clean`: no damage was
// met.
void CheckedHeap::resized(LiveBlock& live, const core::AllocRequest& request, bool clean) {
  BlockSnapshot& identity = live.identity;
  const BlockSnapshot former = identity;
  const std::uint64_t former_lock = live.lock;
  const std::uintptr_t old_end = end_of(identity);
  const BlockSnapshot* found = layout_.at(identity.header);
  require(found != nullptr, "a resized block stays where it is", {{"user", identity.user}});
  const std::uint64_t least = block_bytes_for(request.size);
  require(found->block_size >= least && found->block_size < least + 48,
          "a resized block is as small as it can be", {{"size", found->block_size}, {"least", least}});
  book_.live_bytes += request.size - std::min(book_.live_bytes, identity.requested);
  identity.block_size = found->block_size;
  identity.requested = request.size;
  identity.number = next_number(request.by);
  identity.alloc_trace = request.by.trace & 0xFFFFFFU;
  identity.alloc_thread = request.by.thread;
  const std::size_t kept = std::min<std::size_t>(live.contents.size(), request.size);
  live.contents.resize(request.size);
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(identity.user);
  std::copy(bytes + kept, bytes + request.size, live.contents.begin() + static_cast<std::ptrdiff_t>(kept));
  mirror_.note(identity.header, end_of(identity));
  remember_lock(live);
  const BlockSnapshot* const tail = end_of(identity) < old_end ? layout_.at(end_of(identity)) : nullptr;
  if (clean && tail != nullptr) verify_tail(*tail, former, request.by);
  if (clean) verify_padding_left_behind(identity, align_up(former.requested, core::kGranule), former_lock);
  if (end_of(identity) < old_end) enter_quarantine({end_of(identity), old_end - end_of(identity)});
}

bool CheckedHeap::must_stay(const LiveBlock& live, std::size_t size) const {
  if (size > core::kMaxRequest) return false;
  const BlockSnapshot& block = live.identity;
  const std::uint64_t wanted = block_bytes_for(size);
  if (wanted <= block.block_size) return true;
  const BlockSnapshot* next = layout_.after(block);
  if (next != nullptr)
    return next->state == BlockState::kFree && next->block_size >= wanted - block.block_size;
  const std::span<std::byte> region = stage_.region_of(block.header);
  return address_of(region.data()) + region.size() - end_of(block) >= wanted - block.block_size;
}

void CheckedHeap::expect_mismatch(Judge& judged, const LiveBlock& live,
                                  const core::FreeRequest& request) const {
  core::Fault fault;
  const BlockSnapshot& block = live.identity;
  if (block.number == 0) return;  // a mended header: nothing to hold the call against
  const bool from_new = request.origin == core::Origin::kNew || request.origin == core::Origin::kNewArray;
  const std::size_t alignment = request.alignment.value_or(0) <= 1 ? 0 : *request.alignment;
  if (!same_family(block.origin, request.origin)) {
    fault.kind = FaultKind::kAllocDeallocMismatch;
  } else if (request.size && *request.size != block.requested) {
    fault.kind = FaultKind::kDeleteSizeMismatch;
    fault.given = *request.size;
  } else if ((from_new || request.alignment) && alignment != block.alignment) {
    fault.kind = FaultKind::kDeleteAlignmentMismatch;
    fault.given = request.alignment.value_or(0);
  }
  if (fault.kind == FaultKind::kNone) return;
  fault.moment = request.moment;
  fault.address = block.user;
  fault.given_origin = request.origin;
  fault.block = block;
  judged.expect(fault);
}

// What a header that cannot be read said before is carried over, so that layouts stay complete. A block that
// was put aside is of no interest any more.
void CheckedHeap::take_layout() {
  if (layout_taken_) return;
  layout_taken_ = true;
  std::swap(layout_, layout_before_);
  layout_.take(stage_.heap());
  layout_.carry_over(layout_before_);
  for (const BlockSnapshot& block : layout_.blocks()) {
    if (block.state == BlockState::kCondemned) ledger_.forget(block.header, end_of(block));
  }
  const Oracle oracle = this->oracle();
  auto change = ledger_.changes().begin();  // in address order, as blocks are
  for (const BlockSnapshot& block : layout_.blocks()) {
    while (change != ledger_.changes().end() && change->first < block.header) ++change;
    const bool whole = change == ledger_.changes().end() || change->first >= block.user;
    require(block.sealed == (whole || oracle.header_provable(block)),
            "a header verifies as long as nobody writes to it",
            {{"header", block.header}, {"sealed", block.sealed}});
  }
}

// Blocks are put aside for what was reported, and for nothing else; then for good.
void CheckedHeap::verify_condemned(const std::vector<core::Fault>& reported) const {
  for (const BlockSnapshot& block : previous_.blocks()) {
    if (block.state != BlockState::kCondemned) continue;
    const BlockSnapshot* now = layout_.at(block.header);
    require(now != nullptr && now->state == BlockState::kCondemned && now->block_size == block.block_size,
            "a damaged block is put aside for good", {{"header", block.header}});
  }
  for (const BlockSnapshot& block : layout_.blocks()) {
    if (block.state != BlockState::kCondemned) continue;
    const BlockSnapshot* before = previous_.at(block.header);
    if (before != nullptr && before->state == BlockState::kCondemned) continue;
    const bool justified = std::any_of(told_.begin(), told_.end(),
                                       [&](const core::Fault& fault) { return was_hit(block, fault); }) ||
                           std::any_of(reported.begin(), reported.end(),
                                       [&](const core::Fault& fault) { return was_hit(block, fault); });
    require(justified, "a block is put aside only if it was reported", {{"header", block.header}});
  }
}

// Of a freed block that was merged or handed out, all damage has been found.
void CheckedHeap::verify_no_damage_merged() const {
  if (ledger_.empty()) return;
  const auto waits = [](const BlockSnapshot* block) {
    return block != nullptr &&
           (block->state == BlockState::kQuarantined || block->state == BlockState::kReady);
  };
  for (const BlockSnapshot& block : previous_.blocks()) {
    if (!waits(&block) || waits(layout_.at(block.header))) continue;
    require(!ledger_.any(block.header, end_of(block)), "damage is found when a block is merged or handed out",
            {{"header", block.header}});
  }
}

void CheckedHeap::update_quarantine(Settling settling, bool clean) {
  const auto now = [&](const Quarantined& block) {
    const BlockSnapshot* found = layout_.at(block.header);
    return found == nullptr ? BlockState::kFree : found->state;  // merged
  };
  std::vector<Quarantined> left;
  // What was put aside has gone out of turn.
  const auto aside = std::erase_if(book_.quarantine, [&](const Quarantined& block) {
    const BlockState state = now(block);
    if (state != BlockState::kQuarantined && state != BlockState::kCondemned) left.push_back(block);
    return state == BlockState::kCondemned;
  });
  for (const Quarantined& block : left) {
    const std::size_t looked_at = settling == Settling::kFlushed ? block.bytes : kHeaderSize + core::kGranule;
    require(!ledger_.any(block.header, block.header + looked_at),
            "damage that making room would write over is found before, all of it by a flush",
            {{"header", block.header}});
  }
  const std::size_t listed = book_.quarantine.size() - left.size();
  const Leaving regular = aside == 0 ? Leaving::kAsBoundsAsk : Leaving::kAny;
  book_.quarantine = verify_evictions(view(), book_.quarantine, left, setup_,
                                      settling == Settling::kFlushed ? Leaving::kAll : regular);
  require(book_.quarantine.size() == listed, "only freed blocks are quarantined");
  left.insert(left.end(), entering_.begin(), entering_.end());
  entering_.clear();
  if (settling == Settling::kNothing || !clean) return;
  Pending pending = pending_in(previous_);
  pending.blocks += left.size();
  for (const Quarantined& block : left) pending.bytes += block.bytes;
  verify_pending(pending, pending_in(layout_), setup_);
}

// Forgets the headers that are gone: under a block that was handed out or put aside, or under the header and
// links of another idle block. Learns those that are new.
void CheckedHeap::update_idle_headers() {
  constexpr std::uint64_t kOverwritten = kHeaderSize + 16;
  // Both are in address order.
  const auto& blocks = layout_.blocks();
  auto first = blocks.begin();
  const auto is_gone = [&](std::uintptr_t header) {
    while (first != blocks.end() && end_of(*first) <= header) ++first;
    auto block = first;
    for (const std::uintptr_t at : {header, header + kHeaderSize - 1}) {
      while (block != blocks.end() && end_of(*block) <= at) ++block;
      if (block == blocks.end() || at < block->header || !is_idle(*block)) return true;
      if (block->header != header && at < block->header + kOverwritten) return true;
    }
    return false;
  };
  for (auto entry = book_.idle.begin(); entry != book_.idle.end();) {
    if (is_gone(entry->first)) {
      mirror_.note(entry->first, entry->first + kHeaderSize);
      entry = book_.idle.erase(entry);
    } else {
      ++entry;
    }
  }
  auto known = book_.idle.begin();
  for (const BlockSnapshot& block : blocks) {
    if (!is_idle(block)) continue;
    while (known != book_.idle.end() && known->first < block.header) ++known;
    if (known != book_.idle.end() && known->first == block.header) continue;
    known = book_.idle.try_emplace(known, block.header, IdleHeader{block, false});
    mirror_.note(block.header, end_of(block));
  }
}

// Who was freed there is forgotten, but by the program.
void CheckedHeap::remember_given_up(std::span<const std::byte> memory) {
  constexpr std::size_t kMost = 32;
  const std::uintptr_t begin = address_of(memory.data());
  for (auto entry = book_.idle.lower_bound(begin);
       entry != book_.idle.end() && entry->first < begin + memory.size(); ++entry) {
    if (entry->second.handed_out) book_.given_up.push_back(entry->second.identity.user);
  }
  while (book_.given_up.size() > kMost) book_.given_up.erase(book_.given_up.begin());
}

// The same of memory that stays idle. A header that reached into it is gone too.
void CheckedHeap::forget_given_up(std::span<const std::byte> memory) {
  remember_given_up(memory);
  const std::uintptr_t begin = address_of(memory.data());
  mirror_.note_all();
  std::erase_if(book_.idle, [&](const auto& entry) {
    return entry.first + kHeaderSize > begin && entry.first < begin + memory.size();
  });
}

// What has changed since the rules were verified: memory, layout, book and ledger. Now and then that is left
// aside and everything is looked at.
void CheckedHeap::note_changes() {
  constexpr std::size_t kCallsBetween = 64;
  mirror_.update(stage_, layout_, previous_);
  if (seen_version_ == ledger_.version() && until_all_-- != 0) return;
  seen_version_ = ledger_.version();
  until_all_ = kCallsBetween;
  mirror_.note_all();
}

void CheckedHeap::settle(const Judge& judged, Settling settling) {
  const bool clean = judged.late().empty() && told_.empty() && ledger_.empty();
  Operations::add();
  take_layout();
  verify_condemned(judged.late());
  verify_no_damage_merged();
  update_quarantine(settling, clean);
  update_idle_headers();
  note_changes();
  verify_all(view());
  mirror_.settle();
  previous_ = layout_;
  told_.clear();
  layout_taken_ = false;
  if (ledger_.empty()) recall_.clear();
}

void CheckedHeap::fill(std::uintptr_t user, std::uint8_t seed) {
  LiveBlock& live = book_.live.at(user);
  for (std::size_t i = 0; i < live.contents.size(); ++i) {
    live.contents[i] = content_byte(seed, i);
    *reinterpret_cast<std::uint8_t*>(user + i) = live.contents[i];
  }
}

void CheckedHeap::damage(std::uintptr_t begin, std::uintptr_t end, std::uint8_t value) {
  if (undamaged_) stage_.reveal_all();
  undamaged_ = false;
  if (transcript_ != nullptr) transcript_->poke(begin, end - begin, value);
  for (std::uintptr_t at = begin; at < end; ++at) ledger_.poke(at, value);
  constexpr std::uintptr_t kAround = 64;
  if (const BlockSnapshot* block = layout_.holding(begin)) {
    recall_.note(std::max(block->header, begin - kAround),
                 std::max(end, std::min(end_of(*block), end + kAround)));
  }
}

void CheckedHeap::undo_lucky(const BlockSnapshot& block) {
  if (!oracle().header_broken(block)) return;
  const BlockSnapshot found = stage_.heap().find_block(block.header);
  if (!found.sealed) return;
  if (oracle().header_provable(block) && found.number == block.number && found.requested == block.requested)
    return;
  int bits = 0;
  for (const auto& [address, change] : ledger_.changes()) {
    if (address - block.header < kHeaderSize)
      bits += std::popcount(static_cast<unsigned>(change.original ^ change.now));
  }
  require(bits > 5, "a change of up to five bits is seen for what it is",
          {{"bits", static_cast<std::uint64_t>(bits)}});
  ledger_.undo(block.header, block.user);
}

}  // namespace padlock::fuzz
