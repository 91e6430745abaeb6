// Steps after which much has been idle for long: that it goes back to the system is the kernel's word.
#include <sys/mman.h>

#include <algorithm>
#include <cerrno>
#include <utility>
#include <vector>

#include "base/arith.h"
#include "base/units.h"
#include "model/require.h"
#include "runtime/memory/settings.h"
#include "threads/calls.h"
#include "threads/conductor.h"

namespace padlock::fuzz {
namespace {

using core::Origin;

constexpr std::size_t kMuch = 10_MiB;  // more than is worth being given back
constexpr std::size_t kShortest = 8_KiB;
constexpr std::size_t kLongest = 56_KiB;  // none is large
constexpr std::size_t kPage = 4096;

std::int64_t period() { return runtime::settings.options.give_back_after_s; }

std::size_t bytes_in_memory(AddressRange range) {
  const std::uintptr_t begin = align_up(range.begin, kPage);
  const std::size_t pages = range.end < begin ? 0 : (range.end - begin) / kPage;
  std::vector<unsigned char> in_memory(pages);
  if (pages == 0 || mincore(reinterpret_cast<void*>(begin), pages * kPage, in_memory.data()) != 0) return 0;
  return kPage * static_cast<std::size_t>(
                     std::ranges::count_if(in_memory, [](unsigned char page) { return (page & 1U) != 0; }));
}

// Comes to the thread's arena: so much a cache never has ready.
void visit(bool quick) {
  constexpr std::size_t kVisits = 12;
  constexpr std::size_t kSize = 12'000;
  void* memory[kVisits];
  for (void*& one : memory) one = allocate_as_malloc(kSize, Origin::kMalloc, quick);
  for (void* const one : memory) release_as_free(one, Origin::kMalloc, quick);
}

}  // namespace

// It is noticed over two periods, and given back by the next calls that come to the arena: those of whatever
// steps follow, and at last those of an odd one.
void Conductor::leave_idle(const Step& step) {
  if (guards_.are_on() || period() == 0 || !crew_.pass(0)) return;
  if (step.extra % 2 != 0 && !idle_.empty()) return await_give_back(step);
  const bool quick = step.thread % 2 == 0;
  const std::size_t size = std::clamp(step.bytes(), kShortest, kLongest);
  std::vector<void*> blocks;
  for (std::size_t bytes = 0; bytes < kMuch; bytes += size) {
    blocks.push_back(allocate_as_malloc(size, Origin::kMalloc, quick));
    require(blocks.back() != nullptr, "memory is given", {{"size", size}});
  }
  idle_.clear();
  for (void* const block : blocks) {
    release_as_free(block, Origin::kMalloc, quick);
    idle_.push_back({address_of(block), address_of(block) + size});
  }
  holdings_.forget_freed();
  crew_.pass(period() + 1);
  visit(quick);
  crew_.pass(period() + 1);
  if (step.extra % 2 != 0) await_give_back(step);
}

// What is held back, and what is in use there again, may be in memory.
void Conductor::await_give_back(const Step& step) {
  constexpr int kPeriods = 4;
  for (int i = 0; i < kPeriods; ++i) {
    visit(step.thread % 2 == 0);
    crew_.pass(period() + 1);
  }
  std::size_t left = 0;
  for (const AddressRange& range : std::exchange(idle_, {})) left += bytes_in_memory(range);
  require(left <= kMuch / 2 + holdings_.live_bytes(), "what has been idle for long is given back",
          {{"bytes", kMuch}, {"in memory", left}});
}

}  // namespace padlock::fuzz
