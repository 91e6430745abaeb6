// The mark's page, by MADV_WIPEONFORK.
#include "os/fork_mark.h"

#include <sys/mman.h>

#include <new>

#include "os/clock.h"
#include "os/memory.h"
#include "os/system_call.h"
#include "os/tables.h"

namespace padlock::os {

constinit ForkMark fork_mark;

void ForkMark::set_up() noexcept {
  void* const page = map_table(page_size());
  if (page == nullptr) return;
  if (!system_call(SYS_madvise, page, page_size(), MADV_WIPEONFORK).ok()) {
    unmap_table(page, page_size());
    return;
  }
  auto* const word = new (page) std::atomic<std::uint32_t>(kSet);
  __atomic_store_n(&word_, word, __ATOMIC_RELEASE);
}

bool ForkMark::claim() noexcept {
  std::uint32_t seen = kGone;
  if (word_->compare_exchange_strong(seen, kClaimed, std::memory_order_acquire)) return true;
  while (word_->load(std::memory_order_acquire) == kClaimed) give_way();
  // Neither the kernel nor a thread leaves another value: a wild pointer has written it, and this is no
  // child.
  if (is_gone()) renew();
  return false;
}

}  // namespace padlock::os
