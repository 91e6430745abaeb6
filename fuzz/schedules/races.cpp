// Vector clocks: one for each thread, one for each atomic variable.
#include "schedules/races.h"

#include <sys/mman.h>

#include <algorithm>
#include <atomic>

#include "model/require.h"

extern "C" const char __executable_start;

namespace padlock::fuzz {
namespace {

constexpr std::size_t kLongest = 8192;  // bytes of an access that are all looked at

bool acquires(int order) noexcept {
  return order == __ATOMIC_ACQUIRE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST ||
         order == __ATOMIC_CONSUME;
}
bool releases(int order) noexcept {
  return order == __ATOMIC_RELEASE || order == __ATOMIC_ACQ_REL || order == __ATOMIC_SEQ_CST;
}

}  // namespace

Races races;

// Tables are zeroed. They lie on large pages where the system has them: hundreds of small ones would cost
// more than all the rest of a run.
void Races::begin() {
  constexpr std::size_t kLargePage = std::size_t{2} << 20U;
  constexpr std::size_t kSize = (sizeof(Tables) + kLargePage - 1) / kLargePage * kLargePage;
  if (tables_ == nullptr) {
    void* const memory = mmap(nullptr, kSize + kLargePage, PROT_READ | PROT_WRITE,
                              MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    require(memory != MAP_FAILED, "there is memory for clocks");
    const auto begin = (reinterpret_cast<std::uintptr_t>(memory) + kLargePage - 1) & ~(kLargePage - 1);
    tables_ = reinterpret_cast<Tables*>(begin);
    madvise(tables_, kSize, MADV_HUGEPAGE);
  } else {
    madvise(tables_, kSize, MADV_DONTNEED);
  }
  now_ = {};
  to_acquire_ = {};
  fenced_ = {};
  for (std::size_t i = 0; i < kThreads; ++i) now_[i][i] = 1;
}

void Races::join(Clock& clock, const Clock& other) noexcept {
  for (std::size_t i = 0; i < kThreads; ++i) clock[i] = std::max(clock[i], other[i]);
}

template <typename Slot, std::size_t kMost>
Slot& Races::Table<Slot, kMost>::find(std::uintptr_t address) noexcept {
  for (std::size_t at = (address >> 3U) * 0x9E3779B97F4A7C15U >> 40U;; ++at) {
    std::uint16_t& place = places[at % kPlaces];
    if (place != 0 && slots[place - 1U].address == address) return slots[place - 1U];
    if (place != 0) continue;
    if (used == kMost) fail("a run's words find room");
    slots[used] = {};
    slots[used].address = address;
    place = static_cast<std::uint16_t>(++used);
    return slots[used - 1];
  }
}

void Races::atomic_access(std::size_t thread, std::uintptr_t address, AtomicAccess access,
                          int order) noexcept {
  Variable& variable = tables_->variables.find(address);
  Clock& now = now_[thread];
  if (access != AtomicAccess::kStore) {
    join(acquires(order) ? now : to_acquire_[thread], variable.released);
  }
  if (access == AtomicAccess::kLoad) return;
  const Clock& seen = releases(order) ? now : fenced_[thread];
  if (access == AtomicAccess::kStore) {
    variable.released = seen;
  } else {
    join(variable.released, seen);
  }
  ++now[thread];
}

void Races::fence(std::size_t thread, int order) noexcept {
  if (acquires(order)) join(now_[thread], to_acquire_[thread]);
  if (!releases(order)) return;
  fenced_[thread] = now_[thread];
  ++now_[thread][thread];
}

void Races::plain_access(std::size_t thread, std::uintptr_t address, std::size_t size, bool writes,
                         std::uintptr_t code) noexcept {
  const auto place = static_cast<std::uint32_t>(code - reinterpret_cast<std::uintptr_t>(&__executable_start));
  if (size > kLongest) {  // at both ends: what is so long is set up as a whole
    plain_access(thread, address, kLongest / 2, writes, code);
    return plain_access(thread, address + size - kLongest / 2, kLongest / 2, writes, code);
  }
  const std::uintptr_t end = address + size;
  for (std::uintptr_t word = address & ~std::uintptr_t{7}; word < end; word += 8) {
    const unsigned first = word < address ? static_cast<unsigned>(address - word) : 0;
    const unsigned last = word + 8 <= end ? 8 : static_cast<unsigned>(end - word);
    const unsigned bytes = (0xFFU >> (8 - last)) & (0xFFU << first);
    access_word(thread, word, static_cast<std::uint8_t>(bytes), writes, place);
  }
}

void Races::access_word(std::size_t thread, std::uintptr_t word, std::uint8_t bytes, bool writes,
                        std::uint32_t code) noexcept {
  if (tables_->words.is_full()) tables_->words.clear();
  Word& known = tables_->words.find(word);
  for (std::size_t other = 0; other < kThreads; ++other) {
    if (other == thread) continue;
    for (const Access& access : known.by[other]) {
      if ((access.bytes & bytes) == 0 || !(writes || access.writes) || access.time <= now_[thread][other])
        continue;
      fail("plain accesses of two threads are ordered", {{"address", word},
                                                         {"code", code},
                                                         {"thread", thread},
                                                         {"writes", writes ? 1U : 0U},
                                                         {"other code", access.code},
                                                         {"other thread", other},
                                                         {"other writes", access.writes ? 1U : 0U}});
    }
  }
  const Access access{now_[thread][thread], code, bytes, writes};
  auto& own = known.by[thread];
  for (Access& former : own) {
    if (former.bytes != 0 && (former.bytes != bytes || former.writes != writes)) continue;
    former = access;
    return;
  }
  std::ranges::move_backward(own.begin(), own.end() - 1, own.end());
  own[0] = access;
}

void Races::forget(std::uintptr_t address, std::size_t size) noexcept {
  if (tables_ == nullptr) return;
  for (std::size_t i = 0; i < tables_->words.used; ++i) {
    if (Word& word = tables_->words.slots[i]; word.address - address < size) word.by = {};
  }
}

}  // namespace padlock::fuzz
