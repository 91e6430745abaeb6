// Words of foreign stacks, page by page.
#include "trace/foreign_trace.h"

#include "os/memory.h"
#include "trace/frame_step.h"
#include "trace/rule_finder.h"
#include "trace/stack_reader.h"

namespace padlock::trace {
namespace {

std::uintptr_t page_of(std::uintptr_t address) noexcept { return address / StackReader::kPage; }

// Whether the latest return address lies on the page of the one before.
struct PageLog : NoLog {
  std::uintptr_t page = 0;
  bool same_page = false;
  void on_return_address(std::uintptr_t slot, std::uintptr_t /*pc*/) noexcept {
    same_page = page_of(slot) == page;
    page = page_of(slot);
  }
};

}  // namespace

ForeignTrace::ForeignTrace(MemoEntry& entry, const FrameState& caller) noexcept
    : entry_(entry), base_(caller.sp), page_(page_of(caller.sp - MemoEntry::kWord)) {
  entry.start(caller, caller.sp);
  entry.complete_ = caller.sp % MemoEntry::kWord == 0;
}

void ForeignTrace::put(std::uint16_t value) noexcept {
  if (entry_.loads_ == MemoEntry::kMostLoads) {
    entry_.complete_ = false;
  } else {
    entry_.where_[entry_.loads_++] = value;
  }
}

void ForeignTrace::record(std::uintptr_t slot, std::uintptr_t word) noexcept {
  const std::uintptr_t distance = slot - base_;  // huge for a slot below
  if (distance % MemoEntry::kWord != 0 || distance / MemoEntry::kWord > kFarthest) entry_.complete_ = false;
  if (new_base_ || page_of(slot) != page_) {
    put(kCheck);
    put(static_cast<std::uint16_t>(sum_));
    put(static_cast<std::uint16_t>(sum_ >> 16));
    if (new_base_) put(kNewBase);
  }
  put(static_cast<std::uint16_t>(distance / MemoEntry::kWord));
  new_base_ = false;
  page_ = page_of(slot);
  sum_ = arch::crc32c(sum_, word);
}

void ForeignTrace::on_stack_pointer(std::uintptr_t slot, std::uintptr_t sp) noexcept {
  record(slot, sp);
  base_ = sp;
  new_base_ = true;
}

void ForeignTrace::finish(std::uint32_t id, std::uintptr_t key, bool marked) noexcept {
  if (!entry_.complete_) return;
  entry_.must_ask_ = !marked;
  entry_.sums_ = sum_;
  entry_.keyed_sp_ += key + kForeign;
  entry_.id_ = id;
}

__attribute__((no_sanitize("address", "alignment"))) bool ForeignTrace::words_match(
    const MemoEntry& entry, std::uintptr_t sp) noexcept {
  std::uintptr_t base = sp;
  std::uintptr_t word = 0;
  std::uintptr_t sum = 0;
  for (const std::uint16_t* at = entry.where_; at != entry.where_ + entry.loads_; ++at) {
    const bool other_page = *at == kCheck;
    if (other_page) {
      if (static_cast<std::uint32_t>(sum) != (at[1] | static_cast<std::uint32_t>(at[2]) << 16)) return false;
      at += 3;
      if (*at == kNewBase) {
        base = word;
        ++at;
      }
    }
    const std::uintptr_t slot = base + *at * MemoEntry::kWord;
    if (other_page && entry.must_ask_ && !os::is_readable(slot, MemoEntry::kWord)) return false;
    word = *reinterpret_cast<const std::uintptr_t*>(slot);
    sum = arch::crc32c(sum, word);
  }
  return sum == entry.sums_;
}

bool has_marked_end(const FrameState& caller, AddressRange stack, RuleTable& rules) noexcept {
  constexpr int kFarthest = 256;
  StackReader reader(caller.sp, stack);
  WalkState state{caller};
  PageLog log;
  for (int i = 0; i < kFarthest; ++i) {
    const std::uintptr_t pc = state.frame.pc;
    const UnwindRule& rule = rules.lookup(pc);
    const bool by_signal = rule.cfa == CfaRule::kSignal;
    if (!by_signal && !rule.is_simple()) {
      return rule.cfa == CfaRule::kEnd ||
             (rule.cfa == CfaRule::kUnknown && log.same_page && is_function_start(pc));
    }
    const bool goes_on = by_signal ? step_over_signal(reader, log, state) : step(rule, reader, log, state);
    if (!goes_on) return state.frame.pc == 0 && log.same_page;
  }
  return false;
}

}  // namespace padlock::trace
