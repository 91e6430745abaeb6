// Moving the border between what a segment's blocks have come to and what is out of reach. Each move is a
// call of the kernel's, so it goes in steps.
#include <algorithm>
#include <atomic>
#include <cstring>

#include "os/memory.h"
#include "runtime/memory/segment.h"
#include "runtime/memory/settings.h"

namespace padlock::runtime {
namespace {

constexpr std::size_t kShortStep = 64_KiB;  // a small heap's
constexpr std::size_t kLongStep = 256_KiB;
constexpr std::size_t kShareOfOpen = 8;  // a step is such a part of what is accessible

// The kernel backs by a huge page only what is accessible as a whole.
std::size_t step_behind(std::size_t open) noexcept {
  if (settings.options.huge_pages) return os::kHugePage;
  return std::clamp(align_down(open / kShareOfOpen, kShortStep), kShortStep, kLongStep);
}

SegmentHead& head_of(std::uintptr_t address) noexcept {
  return *reinterpret_cast<SegmentHead*>(segment_table.begin_of(address));
}

bool open_pages(std::uintptr_t begin, std::uintptr_t end) noexcept {
  return os::protect(reinterpret_cast<void*>(begin), end - begin, os::Protection::kReadWrite);
}

// One call instead of a fault for each page. Small blocks come to nearly every page of a step; a long one's
// may never be touched, nor may a small heap's last step.
void back_long_step(std::uintptr_t begin, std::uintptr_t wanted, std::uintptr_t end) noexcept {
  if (wanted - begin <= kShortStep && end - begin >= kLongStep)
    os::back_by_memory(reinterpret_cast<void*>(begin), end - begin);
}

bool is_zero(std::uintptr_t begin, std::uintptr_t end) noexcept {
  const auto* const words = reinterpret_cast<const std::uint64_t*>(begin);
  return std::all_of(words, words + (end - begin) / sizeof *words,
                     [](std::uint64_t word) { return word == 0; });
}

// After a fault a program that goes on may have written there, and any where all is accessible.
void clear(std::uintptr_t begin, std::uintptr_t end) noexcept {
  if (is_zero(begin, end)) return;
  auto* const memory = reinterpret_cast<void*>(begin);
  if (!os::discard(memory, end - begin)) std::memset(memory, 0, end - begin);
}

// Memory is limited, or one more mapping too many: then as little as will do, or all, which splits none.
std::uintptr_t open_as_far_as_possible(std::uintptr_t begin, std::uintptr_t wanted) noexcept {
  const std::uintptr_t end = segment_blocks_end(begin);
  const std::uintptr_t open = begin - segment_blocks_begin(begin);
  const std::uintptr_t step = std::min(align_up(wanted, std::uintptr_t{step_behind(open)}), end);
  if (head_of(begin).all_open.load(std::memory_order_relaxed)) return step;
  const std::uintptr_t least = align_up(wanted, std::uintptr_t{kSegmentPage});
  for (const std::uintptr_t to : {step, least}) {
    if (open_pages(begin, to)) return to;
  }
  return open_pages(begin, end + kSegmentPage) ? end : begin;
}

}  // namespace

os::Protection closed_protection() noexcept {
  const bool explained = settings.options.handle_segv && settings.own_code.begin != 0;
  return explained ? os::Protection::kNone : os::Protection::kReadOnly;
}

std::uintptr_t open_blocks(std::uintptr_t begin, std::uintptr_t wanted) noexcept {
  head_of(begin).latest.store(begin, std::memory_order_relaxed);
  const std::uintptr_t end = open_as_far_as_possible(begin, wanted);
  if (head_of(begin).disturbed.load(std::memory_order_relaxed)) clear(begin, end);
  back_long_step(begin, wanted, end);
  return end;
}

void open_all_blocks(std::uintptr_t address) noexcept {
  SegmentHead& head = head_of(address);
  const std::uintptr_t begin = region_of_segment(address)->open_end();
  const std::uintptr_t end = segment_blocks_end(address);
  if (head.all_open.load(std::memory_order_relaxed) || (begin < end && !open_pages(begin, end))) return;
  head.disturbed.store(true, std::memory_order_relaxed);
  head.all_open.store(true, std::memory_order_relaxed);
}

bool is_in_latest_step(std::uintptr_t address) noexcept {
  return address >= head_of(address).latest.load(std::memory_order_relaxed) &&
         segment_zone(address) == SegmentZone::kBlocks;
}

std::size_t close_blocks(std::span<std::byte> unallocated) noexcept {
  const std::uintptr_t begin = address_of(unallocated.data());
  const std::uintptr_t end = begin + unallocated.size();
  const std::uintptr_t border = align_up(begin + 1, std::uintptr_t{step_behind(0)});
  if (border >= end || head_of(begin).all_open.load(std::memory_order_relaxed)) return unallocated.size();
  const bool closed = os::protect(reinterpret_cast<void*>(border), end - border, closed_protection());
  return closed ? border - begin : unallocated.size();
}

bool open_after_fault(std::uintptr_t address) noexcept {
  const std::uintptr_t page = align_down(address, std::uintptr_t{kSegmentPage});
  head_of(address).disturbed.store(true, std::memory_order_relaxed);
  // Larger than a page where nothing else lies, so that faults side by side cost few mappings.
  const std::uintptr_t begin = align_down(address, std::uintptr_t{kShortStep});
  const std::uintptr_t end = std::min(begin + kShortStep, segment_blocks_end(address));
  const bool closed = begin >= region_of_segment(address)->open_end() && address < end;
  return closed ? open_pages(begin, end) : open_pages(page, page + kSegmentPage);
}

}  // namespace padlock::runtime
