// Pages, by mmap(2) and its relatives.
#include "os/memory.h"

#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>
#include <csignal>

#include "os/errno_keeper.h"

namespace padlock::os {
namespace {

int flags_of(Protection protection) noexcept {
  return protection == Protection::kReadWrite ? PROT_READ | PROT_WRITE : PROT_NONE;
}

// Accounted for by the kernel like libc's memory: a size that the machine can never back is refused.
void* map_anywhere(std::size_t size, int protection) noexcept {
  void* memory = mmap(nullptr, size, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

// Gives back what lies outside [start, start + size) of a mapping that was made larger for alignment.
void trim(std::uintptr_t mapped, std::size_t mapped_size, std::uintptr_t start, std::size_t size) noexcept {
  const std::size_t front = start - mapped;
  const std::size_t back = mapped_size - front - size;
  if (front != 0) munmap(reinterpret_cast<void*>(mapped), front);
  if (back != 0) munmap(reinterpret_cast<void*>(start + size), back);
}

// The kernel reads the signal set before it refuses the senseless first argument, so the error tells
// whether the eight bytes could be read: EFAULT or EINVAL.
bool page_is_readable(std::uintptr_t address) noexcept {
  constexpr int kNoSuchOperation = ~0;
  constexpr std::size_t kSignalSetSize = 8;
  const std::uintptr_t aligned = address & ~(std::uintptr_t{kSignalSetSize} - 1);
  return syscall(SYS_rt_sigprocmask, kNoSuchOperation, aligned, nullptr, kSignalSetSize) == -1 &&
         errno == EINVAL;
}

}  // namespace

std::size_t page_size() noexcept {
  static constinit std::size_t size = 0;  // the same value whoever stores it
  std::size_t known = __atomic_load_n(&size, __ATOMIC_RELAXED);
  if (known == 0) {
    known = getauxval(AT_PAGESZ);
    if (known == 0) known = 4096;
    __atomic_store_n(&size, known, __ATOMIC_RELAXED);
  }
  return known;
}

void* map(std::size_t size, Protection protection, std::size_t alignment) noexcept {
  const ErrnoKeeper keeper;
  if (alignment <= page_size()) return map_anywhere(size, flags_of(protection));
  const std::size_t slack = alignment - page_size();
  if (size + slack < size) return nullptr;
  void* memory = map_anywhere(size + slack, flags_of(protection));
  if (memory == nullptr) return nullptr;
  const auto mapped = reinterpret_cast<std::uintptr_t>(memory);
  const std::uintptr_t start = (mapped + slack) & ~(alignment - 1);
  trim(mapped, size + slack, start, size);
  return reinterpret_cast<void*>(start);
}

void* map_shared(std::size_t size) noexcept {
  const ErrnoKeeper keeper;
  void* memory = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  return memory == MAP_FAILED ? nullptr : memory;
}

void unmap(void* address, std::size_t size) noexcept {
  const ErrnoKeeper keeper;
  munmap(address, size);
}

bool protect(void* address, std::size_t size, Protection protection) noexcept {
  const ErrnoKeeper keeper;
  return mprotect(address, size, flags_of(protection)) == 0;
}

bool discard(void* address, std::size_t size) noexcept {
  const ErrnoKeeper keeper;
  return madvise(address, size, MADV_DONTNEED) == 0;
}

void prefer_huge_pages(void* address, std::size_t size) noexcept {
  const ErrnoKeeper keeper;
  madvise(address, size, MADV_HUGEPAGE);
}

bool is_readable(std::uintptr_t address, std::size_t size) noexcept {
  if (size == 0) return true;
  const std::uintptr_t last = address + (size - 1);
  if (last < address) return false;
  const ErrnoKeeper keeper;
  const std::uintptr_t step = page_size();
  const std::uintptr_t last_page = last & ~(step - 1);
  for (std::uintptr_t page = address & ~(step - 1);; page += step) {
    if (!page_is_readable(page)) return false;
    if (page == last_page) return true;
  }
}

}  // namespace padlock::os
