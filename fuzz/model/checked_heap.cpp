// The calls, one by one. What the model makes of them is in settle.cpp.
#include "model/checked_heap.h"

#include <algorithm>
#include <utility>

#include "core/block/layout.h"
#include "model/given_up.h"
#include "model/require.h"
#include "model/shadow.h"

namespace padlock::fuzz {

using core::BlockSnapshot;
using core::BlockState;
using core::kHeaderSize;
using core::Moment;
using core::ResizeOutcome;

// The contents of live blocks are none of the heap's business: all but those of the block that a call is
// about. They stay hidden between calls, so only blocks that were handed out or looked at since the call
// before have to be hidden anew. Reports show bytes around damage, so this ends with the first damage.
void CheckedHeap::conceal_all_but(std::uintptr_t exposed) {
  if (!undamaged_) return;
  for (const std::uintptr_t user : std::exchange(visible_, {})) {
    LiveBlock* live = live_at(user);
    if (live == nullptr || user == exposed) continue;
    live->hidden = live->contents.size();
    hide(reinterpret_cast<const std::byte*>(user), live->hidden);
  }
  LiveBlock* live = live_at(exposed);
  if (live == nullptr) return;
  expose(*live);
}

void CheckedHeap::expose(LiveBlock& live) {
  reveal(reinterpret_cast<const std::byte*>(live.identity.user), std::exchange(live.hidden, 0));
  visible_.push_back(live.identity.user);
}

CheckedHeap::CheckedHeap(const Setup& setup, Transcript* transcript)
    : setup_(setup), transcript_(transcript), stage_(setup) {
  if (transcript_ != nullptr) transcript_->add_region(stage_.regions().back(), 0);
}

void CheckedHeap::tell_faults(const FaultLog& log) const {
  if (transcript_ == nullptr) return;
  for (const core::Fault& fault : log.faults) transcript_->fault(fault);
}

LiveBlock* CheckedHeap::live_at(std::uintptr_t address) {
  const auto found = book_.live.find(address);
  return found == book_.live.end() ? nullptr : &found->second;
}

void* CheckedHeap::allocate(const core::AllocRequest& request) {
  FaultLog log;
  if (transcript_ != nullptr) transcript_->allocate(request);
  conceal_all_but(0);
  void* result = stage_.heap().allocate(request, log);
  if (transcript_ != nullptr) transcript_->allocated(result);
  tell_faults(log);
  Judge judged = judge(log);
  expect_late(judged, {Moment::kReuse, Moment::kCoalesce});
  const bool clean = log.faults.empty() && ledger_.empty();
  take_layout();
  if (result != nullptr) {
    const LiveBlock& live = adopt(address_of(result), request);
    for (const BlockSnapshot& block : previous_.blocks()) {
      const bool overlaps = block.header < end_of(live.identity) && live.identity.header < end_of(block);
      require(!overlaps || block.state == BlockState::kReady || block.state == BlockState::kFree,
              "only idle memory is handed out", {{"user", live.identity.user}});
    }
    if (clean) verify_placement(previous_, live.identity, request.alignment);
  } else if (clean) {
    verify_refusal(view(), request.size, request.alignment);
  }
  settle(judged);
  return result;
}

void CheckedHeap::deallocate(std::uintptr_t address, const core::FreeRequest& request) {
  LiveBlock* live = live_at(address);
  FaultLog log;
  if (transcript_ != nullptr) transcript_->deallocate(address, request);
  conceal_all_but(address);
  stage_.heap().deallocate(reinterpret_cast<void*>(address), request, log);
  tell_faults(log);
  Judge judged = judge(log);
  Settling settling = Settling::kNothing;
  if (live == nullptr) {
    judged.expect(oracle().pointer_fault(address, request.origin, request.moment, in_a_region(address)));
  } else {
    expect_sound_header(judged, *live, request.moment);
    expect_mismatch(judged, *live, request);
    if (const auto fault = oracle().body_fault(live->identity, request.moment))
      expect_and_heal(judged, *fault);
    release(*live, request.by);
    expect_late(judged, {Moment::kEviction, Moment::kCoalesce});
    settling = Settling::kRetired;
  }
  judged.expect_no_more();
  settle(judged, settling);
}

// What the part of a resize that looks at the block must report; kRefused if that is all.
ResizeOutcome CheckedHeap::judge_resize(Judge& judged, std::uintptr_t address,
                                        const core::AllocRequest& request) {
  LiveBlock* live = live_at(address);
  if (live == nullptr) {
    judged.expect(oracle().pointer_fault(address, request.origin, Moment::kRealloc, in_a_region(address)));
    return ResizeOutcome::kRefused;
  }
  if (expect_sound_header(judged, *live, Moment::kRealloc)) return ResizeOutcome::kRefused;
  core::FreeRequest as_free;
  as_free.origin = request.origin;
  as_free.moment = Moment::kRealloc;
  expect_mismatch(judged, *live, as_free);
  if (const auto fault = oracle().body_fault(live->identity, Moment::kRealloc))
    expect_and_heal(judged, *fault);
  ledger_.forget(live->identity.user, end_of(live->identity));  // locked again, whichever block was blamed
  expect_late(judged, {Moment::kReuse, Moment::kEviction, Moment::kCoalesce});
  return ResizeOutcome::kResized;
}

ResizeOutcome CheckedHeap::resize(std::uintptr_t address, const core::AllocRequest& request) {
  FaultLog log;
  if (transcript_ != nullptr) transcript_->resize(address, request, "resize");
  conceal_all_but(address);
  const ResizeOutcome outcome = stage_.heap().resize(reinterpret_cast<void*>(address), request, log);
  tell_faults(log);
  Judge judged = judge(log);
  const bool clean = log.faults.empty() && ledger_.empty();
  const bool refused = judge_resize(judged, address, request) == ResizeOutcome::kRefused;
  judged.expect_no_more();
  require(refused == (outcome == ResizeOutcome::kRefused), "only bad pointers are refused");
  LiveBlock* live = live_at(address);
  if (!refused && clean && must_stay(*live, request.size)) {
    require(outcome == ResizeOutcome::kResized, "a block that can be resized in place is",
            {{"user", address}, {"size", request.size}});
  }
  take_layout();
  Settling settling = Settling::kNothing;
  if (outcome == ResizeOutcome::kResized) {
    const std::uint64_t before = live->identity.block_size;
    resized(*live, request, clean);
    if (live->identity.block_size < before) settling = Settling::kRetired;
  }
  settle(judged, settling);
  return outcome;
}

void* CheckedHeap::reallocate(std::uintptr_t address, const core::AllocRequest& request) {
  FaultLog log;
  if (transcript_ != nullptr) transcript_->resize(address, request, "reallocate");
  conceal_all_but(address);
  void* result = stage_.heap().reallocate(reinterpret_cast<void*>(address), request, log);
  tell_faults(log);
  Judge judged = judge(log);
  const bool clean = log.faults.empty() && ledger_.empty();
  const bool refused = judge_resize(judged, address, request) == ResizeOutcome::kRefused;
  judged.expect_no_more();
  require(!refused || result == nullptr, "a bad pointer is not reallocated");
  LiveBlock* live = live_at(address);
  take_layout();
  if (result != nullptr && result == reinterpret_cast<void*>(address)) {
    resized(*live, request, clean);
  } else if (result != nullptr) {
    const std::vector<std::uint8_t> kept = live->contents;
    const std::uint64_t former_lock = live->lock;
    core::AllocRequest moved = request;
    moved.origin = live->identity.origin;
    release(*live, request.by);
    LiveBlock& target = adopt(address_of(result), moved);
    if (clean) verify_padding_left_behind(target.identity, kept.size(), former_lock);
    std::copy_n(kept.begin(), std::min(kept.size(), target.contents.size()), target.contents.begin());
  }
  settle(judged);
  return result;
}

void CheckedHeap::usable_size(std::uintptr_t address) {
  FaultLog log;
  if (transcript_ != nullptr) transcript_->usable_size(address);
  const std::size_t size = stage_.heap().usable_size(reinterpret_cast<const void*>(address), log);
  tell_faults(log);
  Judge judged = judge(log);
  LiveBlock* live = live_at(address);
  std::size_t expected = 0;
  if (live == nullptr) {
    judged.expect(
        oracle().pointer_fault(address, core::Origin::kMalloc, Moment::kUsableSize, in_a_region(address)));
  } else if (!expect_sound_header(judged, *live, Moment::kUsableSize)) {
    expected = live->identity.requested;
  }
  require(size == expected, "the usable size is the requested size",
          {{"size", size}, {"expected", expected}});
  judged.expect_no_more();
  settle(judged);
}

void CheckedHeap::find_block(std::uintptr_t address) {
  const BlockSnapshot found = stage_.heap().find_block(address);
  const BlockSnapshot* expected = layout_.holding(address);
  require(stage_.heap().contains(address) == in_a_region(address), "a heap knows its regions",
          {{"address", address}});
  require(found.present() == (expected != nullptr), "find_block finds the block", {{"address", address}});
  if (expected == nullptr) return;
  require(found.header == expected->header && found.user == expected->user &&
              found.block_size == expected->block_size && found.sealed == oracle().header_provable(*expected),
          "find_block finds the right block", {{"address", address}, {"found", found.header}});
}

void CheckedHeap::flush() {
  FaultLog log;
  if (transcript_ != nullptr) transcript_->flush();
  conceal_all_but(0);
  stage_.heap().flush_quarantine(log);
  tell_faults(log);
  Judge judged = judge(log);
  expect_late(judged, {Moment::kEviction, Moment::kCoalesce});
  settle(judged, Settling::kFlushed);
}

std::size_t CheckedHeap::coalesce(std::size_t max_blocks) {
  FaultLog log;
  if (transcript_ != nullptr) transcript_->coalesce(max_blocks);
  const Pending before = pending_in(layout_);
  conceal_all_but(0);
  std::size_t merged = stage_.heap().coalesce(max_blocks, log);
  tell_faults(log);
  Judge judged = judge(log);
  expect_late(judged, {Moment::kCoalesce});
  take_layout();
  const std::size_t after = pending_in(layout_).blocks;
  if (log.faults.empty()) {
    require(merged == std::min(before.blocks, max_blocks) && after == before.blocks - merged,
            "coalesce() merges what it is asked to",
            {{"merged", merged}, {"before", before.blocks}, {"after", after}});
  }
  settle(judged);
  return merged;
}

void CheckedHeap::check(Moment moment) {
  FaultLog log;
  if (transcript_ != nullptr) transcript_->check(moment);
  conceal_all_but(0);
  std::size_t count = stage_.heap().check(moment, log);
  tell_faults(log);
  Judge judged = judge(log);
  judged.expect_all(oracle().check_faults(moment));
  require(count == log.faults.size(), "a check counts what it reports", {{"count", count}});
  settle(judged);
}

void CheckedHeap::drain() {
  flush();
  while (coalesce(setup_.batch()) != 0) {
  }
  for (const std::span<std::byte> region : stage_.regions()) {
    std::size_t blocks = 0;
    std::size_t free = 0;
    for (const BlockSnapshot& block : layout_.blocks()) {
      if (block.header - address_of(region.data()) >= region.size()) continue;
      ++blocks;
      free += block.state == BlockState::kFree;
      require(block.state != BlockState::kQuarantined && block.state != BlockState::kReady,
              "a drain leaves nothing pending", {{"header", block.header}});
    }
    require(blocks != free || free <= 1, "after a drain a region without live blocks is one free block",
            {{"blocks", blocks}});
  }
}

void CheckedHeap::give_up(int value) {
  FaultLog log;
  GivenUp given(value);
  if (transcript_ != nullptr) transcript_->give_up(value);
  const Ledger damage = ledger_;
  conceal_all_but(0);
  stage_.heap().give_up_tops(given, log);
  tell_faults(log);
  Judge judged = judge(log);
  expect_late(judged, {Moment::kReuse, Moment::kCoalesce});
  take_layout();
  verify_given_up(view(), previous_, damage, given.spans);
  if (log.faults.empty()) verify_unchanged_below(layout_, previous_, given.spans);
  for (const std::span<std::byte> memory : given.spans) remember_given_up(memory);
  settle(judged);
}

void CheckedHeap::give_up_insides() {
  FaultLog log;
  GivenUp given(0);
  if (transcript_ != nullptr) transcript_->give_up_insides();
  const Ledger damage = ledger_;
  conceal_all_but(0);
  stage_.heap().give_up_insides(given, log);
  tell_faults(log);
  Judge judged = judge(log);
  expect_late(judged, {Moment::kReuse, Moment::kCoalesce});
  take_layout();
  verify_insides_given_up(previous_, damage, given.spans);
  if (log.faults.empty()) verify_unchanged_below(layout_, previous_, {});
  for (const std::span<std::byte> memory : given.spans) forget_given_up(memory);
  settle(judged);
}

bool CheckedHeap::add_region(std::size_t bytes) {
  const bool added = stage_.add_region(bytes);
  if (added && transcript_ != nullptr) {
    transcript_->add_region(stage_.regions().back(), stage_.regions().size() - 1);
  }
  note_changes();
  verify_all(view());
  mirror_.settle();
  return added;
}

}  // namespace padlock::fuzz
