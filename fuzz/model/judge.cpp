// Matching reported faults with expected ones, and what is said where they differ.
#include "model/judge.h"

#include <algorithm>
#include <cinttypes>
#include <cstdio>

#include "core/block/layout.h"
#include "model/require.h"

namespace padlock::fuzz {
namespace {

using core::BlockSnapshot;
using core::Fault;

// Everything but the state and the extent, which a merged header keeps from earlier.
bool same_history(const BlockSnapshot& a, const BlockSnapshot& b) {
  return a.requested == b.requested && a.alignment == b.alignment && a.number == b.number &&
         a.alloc_trace == b.alloc_trace && a.free_trace == b.free_trace && a.alloc_thread == b.alloc_thread &&
         a.free_thread == b.free_thread && a.origin == b.origin;
}

// Of a header that cannot be proven what shows may look like an underflow, which has no suspect.
bool same_neighbour(const Fault& found, const Fault& expected) {
  const bool shown = expected.kind != core::FaultKind::kMetadataCorruption || found.kind == expected.kind;
  return found.neighbour.header == (shown ? expected.neighbour.header : 0);
}

// The block before a damaged header may have been handed out or freed by the very call.
bool may_be_neighbour(const Layout& layout, const Fault& found, const Fault& expected) {
  if (same_neighbour(found, expected)) return true;
  if (found.kind != core::FaultKind::kMetadataCorruption) return false;
  const BlockSnapshot* before = layout.before(found.block.header);
  return !found.neighbour.present() || (before != nullptr && found.neighbour.header == before->header);
}

void print_block(const char* title, const BlockSnapshot& block) {
  if (!block.present()) return;
  std::fprintf(stderr,
               "    %s header=%" PRIxPTR " size=%" PRIu64 " requested=%" PRIu64 " number=%" PRIu64
               " traces=%u/%u state=%s%s\n",
               title, block.header, block.block_size, block.requested, block.number, block.alloc_trace,
               block.free_trace, core::to_string(block.state), block.sealed ? "" : " (not sealed)");
}

}  // namespace

bool was_hit(const BlockSnapshot& block, const Fault& fault) {
  return fault.damage.present() && block.header < fault.damage.address + fault.damage.length &&
         fault.damage.address < end_of(block);
}

void print_fault(const char* title, const Fault& fault) {
  std::fprintf(stderr, "  %s: %s at %s, pointer=%" PRIxPTR " (%s) given=%" PRIu64 "/%s\n", title,
               core::to_string(fault.kind), core::to_string(fault.moment), fault.address,
               core::to_string(fault.pointer_class), fault.given, core::to_string(fault.given_origin));
  print_block("block", fault.block);
  print_block("neighbour", fault.neighbour);
  if (!fault.damage.present()) return;
  std::fprintf(stderr, "    damage address=%" PRIxPTR " offset=%" PRId64 " length=%" PRIu64 "%s%s\n",
               fault.damage.address, fault.damage.offset, fault.damage.length,
               fault.damage.at_least ? " at least" : "", fault.damage.somewhere ? " somewhere" : "");
}

bool Judge::same_damage(const Fault& found, const Fault& expected) const {
  if (expected.damage.at_least && expected.damage.somewhere) return oracle_.is_part_shown(found, expected);
  return found.kind == expected.kind && found.damage.address == expected.damage.address &&
         found.damage.length == expected.damage.length && found.damage.at_least == expected.damage.at_least &&
         found.damage.somewhere == expected.damage.somewhere &&
         (!found.damage.present() ||
          found.damage.offset == static_cast<std::int64_t>(found.damage.address - found.block.user));
}

bool Judge::equal(const Fault& found, const Fault& expected) const {
  const BlockSnapshot& block = expected.block;
  const bool readable =
      block.present() && oracle_.header_provable(block, layout_.at(block.header) == nullptr);
  return found.moment == expected.moment && found.accessed == expected.accessed &&
         found.pointer_class == expected.pointer_class && found.address == expected.address &&
         found.given == expected.given && found.given_origin == expected.given_origin &&
         found.block.header == block.header && found.block.user == block.user &&
         found.block.sealed == readable && (!readable || same_history(found.block, block)) &&
         same_neighbour(found, expected) && same_damage(found, expected);
}

void Judge::check_window(const Fault& found) const {
  const core::DamageWindow& window = found.damage.window;
  if (!found.damage.present()) return;
  require(window.size <= core::DamageWindow::kCapacity && window.start <= found.damage.address &&
              found.damage.address < window.start + window.size,
          "a window shows the first damaged byte",
          {{"start", window.start}, {"size", window.size}, {"damage", found.damage.address}});
  for (const auto& [address, change] : ledger_.changes()) {
    const std::uintptr_t index = address - window.start;
    if (index >= window.size) continue;
    require(window.found[index] == change.now, "a window shows the bytes that are there", {{"at", address}});
    require(!window.known[index] || window.expected[index] == change.original || found.damage.somewhere ||
                found.kind == core::FaultKind::kMetadataCorruption,
            "a window shows the bytes that should be there", {{"at", address}});
  }
}

void Judge::expect(const Fault& expected) {
  if (next_ == faults_.size()) {
    print_fault("expected", expected);
    fail("a misuse is reported");
  }
  const Fault& found = faults_[next_++];
  if (!equal(found, expected)) {
    print_fault("expected", expected);
    print_fault("found", found);
    fail("a fault says exactly what happened");
  }
  check_window(found);
}

void Judge::expect_all(std::vector<Fault> expected) {
  while (next_ < faults_.size()) {
    const Fault& found = faults_[next_];
    const auto match = std::find_if(expected.begin(), expected.end(),
                                    [&](const Fault& candidate) { return equal(found, candidate); });
    if (match == expected.end()) {
      for (const Fault& candidate : expected) print_fault("expected", candidate);
      print_fault("found", found);
      fail("a check reports what is damaged, as it is");
    }
    check_window(found);
    expected.erase(match);
    ++next_;
  }
  for (const Fault& missed : expected) print_fault("missed", missed);
  require(expected.empty(), "a check reports everything that is damaged");
}

// A block may have been merged since the layout was taken: it is the block that the damage belonged to, or
// the one that it had become part of.
bool Judge::owner_fits(const Fault& found, const Fault& expected) const {
  if (found.block.header == expected.block.header) return true;
  const BlockSnapshot* holding = layout_.holding(found.damage.address);
  if (holding != nullptr && found.block.header == holding->header) return true;
  return found.block.header < found.damage.address && book_.idle.contains(found.block.header) &&
         expected.kind == core::FaultKind::kUseAfterFreeWrite;
}

// Explains the faults from `index` on, each by a damaged idle block that has been put aside since. Several
// blocks may have been hit by one write, and each explains less once another is out of the way.
bool Judge::match_late(std::size_t index, const Layout& layout, const Ledger& ledger,
                       std::vector<core::Fault>& matched) const {
  if (index == faults_.size()) return true;
  const Fault& found = faults_[index];
  const Oracle oracle(layout, book_, ledger, recall_);
  for (const BlockSnapshot& block : layout.blocks()) {
    if (!book_.idle.contains(block.header)) continue;
    const std::optional<Fault> possible = oracle.fault_of(block, found.moment);
    if (!possible || !owner_fits(found, *possible) || !may_be_neighbour(layout, found, *possible) ||
        !same_damage(found, *possible)) {
      continue;
    }
    const std::uintptr_t place = oracle.header_broken(block) ? block.header : possible->damage.address;
    if (heap_.find_block(place).state != core::BlockState::kCondemned) continue;
    Layout rest = layout;
    Ledger left = ledger;
    for (const BlockSnapshot& hit : layout.blocks()) {
      if (hit.header != block.header && !was_hit(hit, *possible)) continue;
      left.forget(hit.header, end_of(hit));
      if (is_idle(hit)) rest.set_condemned(hit.header);
    }
    matched.push_back(found);
    if (match_late(index + 1, rest, left, matched)) return true;
    matched.pop_back();
  }
  return false;
}

void Judge::expect_late(std::initializer_list<core::Moment> moments) {
  if (!match_late(next_, layout_, ledger_, late_)) {
    for (const BlockSnapshot& block : layout_.blocks()) {
      if (const auto possible = oracle_.fault_of(block, core::Moment::kCheck))
        print_fault("possible", *possible);
    }
    for (std::size_t i = next_; i < faults_.size(); ++i) print_fault("found", faults_[i]);
    fail("a fault found on the way is damage that there is, and the block is put aside");
  }
  for (; next_ < faults_.size(); ++next_) {
    const core::Moment moment = faults_[next_].moment;
    if (std::find(moments.begin(), moments.end(), moment) == moments.end()) {
      print_fault("found", faults_[next_]);
      fail("a fault names the moment");
    }
    check_window(faults_[next_]);
  }
}

void Judge::expect_no_more() const {
  if (next_ < faults_.size()) print_fault("found", faults_[next_]);
  require(next_ == faults_.size(), "no false alarm");
}

}  // namespace padlock::fuzz
