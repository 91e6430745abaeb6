// Pages, by mmap(2) and its relatives.
#include "os/memory.h"

#include <elf.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <atomic>
#include <cerrno>
#include <initializer_list>

#include "base/units.h"
#include "os/errno_keeper.h"
#include "os/memory_locks.h"
#include "os/start_data.h"
#include "os/system_call.h"

namespace padlock::os {
namespace {

int flags_of(Protection protection) noexcept {
  switch (protection) {
    case Protection::kReadOnly:
      return PROT_READ;
    case Protection::kReadWrite:
      return PROT_READ | PROT_WRITE;
    case Protection::kNone:
      break;
  }
  return PROT_NONE;
}

// Fresh pages; null on an error. ThreadSanitizer hears of libc's call, and forgets what other threads did to
// memory that was there before.
void* map_fresh(std::uintptr_t address, std::size_t size, int protection, int flags) noexcept {
#ifdef __SANITIZE_THREAD__
  const ErrnoKeeper keeper;
  void* const memory = mmap(reinterpret_cast<void*>(address), size, protection, flags | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
#else
  return system_call(SYS_mmap, address, size, protection, flags | MAP_ANONYMOUS, -1, 0).address();
#endif
}

// Accounted for by the kernel like libc's memory: a size that the machine can never back is refused.
void* map_anywhere(std::size_t size, int protection) noexcept {
  return map_fresh(0, size, protection, MAP_PRIVATE);
}

// An error, and nothing mapped, where that place is taken. (A kernel before 4.17 takes it for a hint.)
void* map_exactly(std::uintptr_t address, std::size_t size, int protection, int flags) noexcept {
  void* const mapped = map_fresh(address, size, protection, MAP_PRIVATE | MAP_FIXED_NOREPLACE | flags);
  if (mapped == nullptr || mapped == reinterpret_cast<void*>(address)) return mapped;
  unmap(mapped, size);
  return nullptr;
}

// Without more address space than is asked for, not even for a moment: where the kernel puts it, or at the
// aligned place below or above. Null where they are taken.
void* map_aligned(std::size_t size, int protection, std::size_t alignment) noexcept {
  void* const memory = map_anywhere(size, PROT_NONE);
  if (memory == nullptr) return nullptr;
  unmap(memory, size);
  const std::uintptr_t below = reinterpret_cast<std::uintptr_t>(memory) & ~(alignment - 1);
  for (const std::uintptr_t place : {below, below + alignment, below - alignment}) {
    if (void* const aligned = map_exactly(place, size, protection, 0)) return aligned;
  }
  return nullptr;
}

// Gives back what lies outside [start, start + size) of a mapping that was made larger for alignment.
void trim(std::uintptr_t mapped, std::size_t mapped_size, std::uintptr_t start, std::size_t size) noexcept {
  const std::size_t front = start - mapped;
  const std::size_t back = mapped_size - front - size;
  if (front != 0) system_call(SYS_munmap, mapped, front);
  if (back != 0) system_call(SYS_munmap, start + size, back);
}

// The kernel reads the signal set before it refuses the senseless first argument, so the error shows
// whether the eight bytes could be read: EFAULT or EINVAL.
bool page_is_readable(std::uintptr_t address) noexcept {
  constexpr int kNoSuchOperation = ~0;
  const std::uintptr_t aligned = address & ~(std::uintptr_t{kSignalSetSize} - 1);
  return system_call(SYS_rt_sigprocmask, kNoSuchOperation, aligned, nullptr, kSignalSetSize).error() ==
         EINVAL;
}

}  // namespace

std::size_t page_size() noexcept {
  static constinit std::size_t size = 0;  // every thread stores the same value
  std::size_t known = __atomic_load_n(&size, __ATOMIC_RELAXED);
  if (known == 0) {
    known = auxiliary_value(AT_PAGESZ);
    if (known == 0) return 4096;
    __atomic_store_n(&size, known, __ATOMIC_RELAXED);
  }
  return known;
}

std::size_t memory_limit() noexcept {
  static constinit std::atomic<std::size_t> latest{SIZE_MAX};
  if (is_confined()) return latest.load(std::memory_order_relaxed);
  std::size_t lowest = SIZE_MAX;
  for (const int resource : {RLIMIT_AS, RLIMIT_DATA}) {
    rlimit limit{};
    const bool known = system_call(SYS_prlimit64, 0, resource, nullptr, &limit).ok();
    if (known && limit.rlim_cur < lowest) lowest = limit.rlim_cur;
  }
  latest.store(lowest, std::memory_order_relaxed);
  return lowest;
}

void* map(std::size_t size, Protection protection, std::size_t alignment) noexcept {
  if (alignment <= page_size()) return map_anywhere(size, flags_of(protection));
  if (void* const memory = map_aligned(size, flags_of(protection), alignment)) return memory;
  const std::size_t slack = alignment - page_size();
  if (size + slack < size) return nullptr;
  void* memory = map_anywhere(size + slack, flags_of(protection));
  if (memory == nullptr) return nullptr;
  const auto mapped = reinterpret_cast<std::uintptr_t>(memory);
  const std::uintptr_t start = (mapped + slack) & ~(alignment - 1);
  trim(mapped, size + slack, start, size);
  return reinterpret_cast<void*>(start);
}

void* map_at(void* address, std::size_t size, Protection protection) noexcept {
  return map_exactly(reinterpret_cast<std::uintptr_t>(address), size, flags_of(protection), 0);
}

void* map_near(std::uintptr_t address, std::size_t size, Protection protection) noexcept {
  return map_fresh(address, size, flags_of(protection), MAP_PRIVATE);
}

bool can_spare(std::size_t size, std::size_t needed) noexcept {
  constexpr std::size_t kLeft = 8_MiB;
  const bool limited = memory_limit() != SIZE_MAX;
  const bool locked = future_is_locked();
  if (!limited && !locked) return true;
  const std::size_t probed = needed + size + (size > kLeft ? size : kLeft);
  // Counts as locked all the same, and is not brought in.
  void* const probe = map_anywhere(probed, locked ? PROT_NONE : PROT_READ | PROT_WRITE);
  return probe != nullptr && unmap(probe, probed);
}

void* map_apart(std::size_t size) noexcept {
  const std::size_t page = page_size();
  auto* const memory = static_cast<std::byte*>(map(size + 2 * page, Protection::kNone));
  if (memory == nullptr) return nullptr;
  if (protect(memory + page, size, Protection::kReadWrite)) return memory + page;
  unmap(memory, size + 2 * page);
  return nullptr;
}

void unmap_apart(void* address, std::size_t size) noexcept {
  const std::size_t page = page_size();
  unmap(static_cast<std::byte*>(address) - page, size + 2 * page);
}

void* map_shared(std::size_t size) noexcept { return map_fresh(0, size, PROT_READ | PROT_WRITE, MAP_SHARED); }

bool map_reserved_at(void* address, std::size_t size) noexcept {
  return map_exactly(reinterpret_cast<std::uintptr_t>(address), size, PROT_NONE, MAP_NORESERVE) != nullptr;
}

bool unmap(void* address, std::size_t size) noexcept { return system_call(SYS_munmap, address, size).ok(); }

bool protect(void* address, std::size_t size, Protection protection) noexcept {
  return system_call(SYS_mprotect, address, size, flags_of(protection)).ok();
}

bool discard(void* address, std::size_t size) noexcept {
  return system_call(SYS_madvise, address, size, MADV_DONTNEED).ok();
}

bool discard_closed(void* address, std::size_t size) noexcept {
  constexpr int kDontNeedLocked = 24;  // MADV_DONTNEED_LOCKED, which older headers lack
  constexpr int kFlags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED;
  return discard(address, size) || system_call(SYS_madvise, address, size, kDontNeedLocked).ok() ||
         system_call(SYS_mmap, address, size, PROT_NONE, kFlags, -1, 0).ok();
}

void back_by_memory(void* address, std::size_t size) noexcept {
  constexpr int kPopulateWrite = 23;  // MADV_POPULATE_WRITE, which older headers lack
  system_call(SYS_madvise, address, size, kPopulateWrite);
}

void prefer_huge_pages(void* address, std::size_t size) noexcept {
  system_call(SYS_madvise, address, size, MADV_HUGEPAGE);
}

bool is_readable(std::uintptr_t address, std::size_t size) noexcept {
  if (size == 0) return true;
  const std::uintptr_t last = address + (size - 1);
  if (last < address) return false;
  const std::uintptr_t step = page_size();
  const std::uintptr_t last_page = last & ~(step - 1);
  for (std::uintptr_t page = address & ~(step - 1);; page += step) {
    if (!page_is_readable(page)) return false;
    if (page == last_page) return true;
  }
}

bool is_mapped(std::uintptr_t address) noexcept {
  const std::uintptr_t page = address & ~(page_size() - 1);
  return system_call(SYS_msync, page, page_size(), MS_ASYNC).ok();
}

}  // namespace padlock::os
