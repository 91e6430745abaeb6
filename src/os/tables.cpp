// Areas: each one reservation, of which tables are opened one behind the other, with a page left closed
// before, between and behind them. So a table costs one system call, like a mapping of its own.
//
// Areas lie far from where the kernel puts what programs map: what jumps over the guards of a block meets no
// table.
#include "os/tables.h"

#include <algorithm>
#include <atomic>

#include "base/units.h"
#include "os/confined.h"
#include "os/memory.h"
#include "os/memory_locks.h"

namespace padlock::os {
namespace {

constexpr std::size_t kLeastArea = 3_MiB;  // more than what a program with one thread needs
constexpr std::size_t kMostArea = 64_MiB;
constexpr std::size_t kMostAreas = 512;  // each as large as all before it, so there are few

// Both 0: not in use yet.
struct Area {
  std::atomic<std::uintptr_t> begin;
  std::atomic<std::uintptr_t> end;
};

// What is left of the latest area, in one word, so that no lock is needed.
class Reserve {
 public:
  constexpr Reserve() noexcept = default;
  explicit constexpr Reserve(std::uint64_t word) noexcept : word_(word) {}
  Reserve(std::uintptr_t begin, std::size_t pages) noexcept
      : word_(begin / page_size() << kCountBits | pages) {}

  [[nodiscard]] std::uint64_t word() const noexcept { return word_; }
  [[nodiscard]] std::uintptr_t begin() const noexcept { return (word_ >> kCountBits) * page_size(); }
  [[nodiscard]] std::size_t pages() const noexcept { return word_ & kMostPages; }
  [[nodiscard]] std::uintptr_t end() const noexcept { return begin() + pages() * page_size(); }

  static constexpr unsigned kCountBits = 28;
  static constexpr std::size_t kMostPages = (std::size_t{1} << kCountBits) - 1;

 private:
  std::uint64_t word_ = 0;
};

constinit Area areas[kMostAreas];
constinit std::atomic<std::size_t> area_count{0};
constinit std::atomic<std::size_t> reserved_bytes{0};
constinit std::atomic<std::uint64_t> reserve{0};

std::size_t pages_of(std::size_t size) noexcept { return (size + page_size() - 1) / page_size(); }

#ifdef __SANITIZE_THREAD__  // knows no memory so far away
void* map_far_from_others(std::size_t size, Protection protection) noexcept { return map(size, protection); }
#else
// The kernel fills addresses from the stack downwards. As random as those of stacks are, no more and no less.
std::uintptr_t far_from_others() noexcept {
  constexpr std::uintptr_t kDistance = std::uintptr_t{16} << 40;
  const auto stack = reinterpret_cast<std::uintptr_t>(__builtin_frame_address(0));
  return stack > 2 * kDistance ? (stack - kDistance) / page_size() * page_size() : 0;
}

// Each behind those before it; anywhere where that is taken.
void* map_far_from_others(std::size_t size, Protection protection) noexcept {
  static constinit std::atomic<std::uintptr_t> next{0};
  std::uintptr_t none = 0;
  if (next.load(std::memory_order_relaxed) == 0)
    next.compare_exchange_strong(none, far_from_others(), std::memory_order_relaxed);
  return map_near(next.fetch_add(size, std::memory_order_relaxed), size, protection);
}
#endif

bool exchange(Reserve& expected, Reserve wanted) noexcept {
  std::uint64_t seen = expected.word();
  if (reserve.compare_exchange_strong(seen, wanted.word(), std::memory_order_acq_rel)) return true;
  expected = Reserve(seen);
  return false;
}

// With the page behind them; the one before them is the one behind the table before, or the area's first.
void* take(std::size_t pages) noexcept {
  Reserve now(reserve.load(std::memory_order_acquire));
  while (now.pages() > pages) {
    const std::size_t taken = pages + 1;
    const std::uintptr_t begin = now.begin();
    if (exchange(now, Reserve(begin + taken * page_size(), now.pages() - taken)))
      return reinterpret_cast<void*>(begin);
  }
  return nullptr;
}

// What take() gave, closed and zero, unless others have taken some since.
void put_back(std::uintptr_t begin, std::size_t pages) noexcept {
  Reserve now(reserve.load(std::memory_order_acquire));
  const std::size_t behind = now.begin() / page_size() - begin / page_size();
  if (behind == pages + 1) exchange(now, Reserve(begin, now.pages() + behind));
}

// The area that ends with what was left of it ends before that now: others may get these addresses.
void give_up(Reserve left) noexcept {
  if (left.pages() == 0) return;
  const std::size_t count = std::min(area_count.load(std::memory_order_acquire), kMostAreas);
  for (std::size_t i = 0; i < count; ++i) {
    std::uintptr_t end = left.end();
    if (areas[i].end.compare_exchange_strong(end, left.begin(), std::memory_order_acq_rel)) break;
  }
  const std::size_t size = left.pages() * page_size();
  unmap(reinterpret_cast<void*>(left.begin()), size);
}

void enter(std::uintptr_t begin, std::uintptr_t end) noexcept {
  const std::size_t number = area_count.fetch_add(1, std::memory_order_acq_rel);
  if (number >= kMostAreas) return;
  areas[number].end.store(end, std::memory_order_release);
  areas[number].begin.store(begin, std::memory_order_release);
}

bool addresses_count() noexcept { return memory_limit() != SIZE_MAX || future_is_locked(); }

// As much as all tables have by now; where memory is limited or locked, no more than is needed.
std::size_t pages_for_area(std::size_t pages) noexcept {
  const std::size_t so_far = reserved_bytes.load(std::memory_order_relaxed);
  const std::size_t wanted = pages_of(std::clamp(so_far, kLeastArea, kMostArea));
  const std::size_t needed = pages + 2;
  if (needed >= wanted) return needed;
  return can_spare((wanted - needed) * page_size(), needed * page_size()) ? wanted : needed;
}

// Of threads that do so at once, one's area is used. False where the system refuses.
bool reserve_more(std::size_t pages) noexcept {
  Reserve before(reserve.load(std::memory_order_acquire));
  if (before.pages() > pages) return true;
  const std::size_t wanted = pages_for_area(pages);
  const std::size_t size = wanted * page_size();
  void* const memory = wanted <= Reserve::kMostPages ? map_far_from_others(size, Protection::kNone) : nullptr;
  if (memory == nullptr) return false;
  const auto begin = reinterpret_cast<std::uintptr_t>(memory);
  if (!exchange(before, Reserve(begin + page_size(), wanted - 1))) {
    unmap(memory, size);
    return true;
  }
  reserved_bytes.fetch_add(size, std::memory_order_relaxed);
  enter(begin, begin + size);
  if (addresses_count()) give_up(before);
  return true;
}

}  // namespace

void* map_table(std::size_t size) noexcept {
  const std::size_t pages = pages_of(size);
  if (pages == 0 || pages > Reserve::kMostPages / 2) return nullptr;
  // A filter of system calls may not expect mprotect(2).
  if (is_confined()) return map_far_from_others(pages * page_size(), Protection::kReadWrite);
  void* table = take(pages);
  while (table == nullptr && reserve_more(pages)) table = take(pages);
  if (table != nullptr) {
    if (protect(table, pages * page_size(), Protection::kReadWrite)) return table;
    put_back(reinterpret_cast<std::uintptr_t>(table), pages);
  }
  return map_far_from_others(pages * page_size(), Protection::kReadWrite);
}

void unmap_table(void* table, std::size_t size) noexcept {
  const std::size_t bytes = pages_of(size) * page_size();
  const auto begin = reinterpret_cast<std::uintptr_t>(table);
  if (!is_table(begin)) {
    unmap(table, bytes);
    return;
  }
  const bool closed = protect(table, bytes, Protection::kNone);
  const bool zero = discard_closed(table, bytes);
  if (closed && zero) put_back(begin, pages_of(size));
}

bool is_table(std::uintptr_t address) noexcept {
  const std::size_t count = std::min(area_count.load(std::memory_order_acquire), kMostAreas);
  for (std::size_t i = 0; i < count; ++i) {
    const std::uintptr_t begin = areas[i].begin.load(std::memory_order_acquire);
    if (begin != 0 && address >= begin && address < areas[i].end.load(std::memory_order_acquire)) return true;
  }
  return false;
}

void unmap_table_reserve() noexcept {
  Reserve now(reserve.load(std::memory_order_acquire));
  while (now.pages() != 0) {
    if (exchange(now, Reserve())) return give_up(now);
  }
}

}  // namespace padlock::os
