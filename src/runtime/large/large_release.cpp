// Large blocks: what happens to the pages and the addresses of freed ones.

#include "os/clock.h"
#include "runtime/large/large_blocks.h"

namespace padlock::runtime {

// `record` is busy, and not live: no other thread touches it.
void LargeBlocks::close(LargeRecord* record, Contents contents) noexcept {
  LargeMapping mapping = record->mapping;
  const Closed closed = close_large(mapping);
  if (closed == Closed::kRefused) return unmap(record);
  const bool keep = closed == Closed::kKept && contents == Contents::kUseful && keeps(mapping.size());
  if (!keep && closed == Closed::kKept) empty_large(mapping);
  {
    const os::LockGuard guard(lock_);
    record->mapping = mapping;
    if (keep) {
      quarantine_.add_kept(record, os::monotonic_ms());
    } else {
      quarantine_.add_emptied(record);
    }
  }
  settle();
}

// Every block that is held back can be emptied once, and unmapped once. More are found where a record was
// overwritten, which then is in other lists than its sizes say.
std::size_t LargeBlocks::most_steps() noexcept {
  const os::LockGuard guard(lock_);
  return 2 * table_.size() + 2;
}

// Brings the quarantine back into its limits.
void LargeBlocks::settle() noexcept {
  const std::int64_t now = os::monotonic_ms();
  for (std::size_t left = most_steps(); left != 0; --left) {
    LargeRecord* to_empty = nullptr;
    LargeMapping to_unmap;
    {
      const os::LockGuard guard(lock_);
      to_empty = quarantine_.take_to_empty(now);
      LargeRecord* const over = to_empty == nullptr ? quarantine_.take_over_limit() : nullptr;
      if (over != nullptr) {
        to_unmap = over->mapping;
        remember(over);
      }
    }
    if (to_empty != nullptr) {
      empty(to_empty);
    } else if (to_unmap.present()) {
      unmap_large(to_unmap);
    } else {
      return;
    }
  }
}

// `record` is busy and closed.
void LargeBlocks::empty(LargeRecord* record) noexcept {
  empty_large(record->mapping);
  const os::LockGuard guard(lock_);
  quarantine_.add_emptied(record);
}

// `record` is busy. Before its addresses are free for others it is only remembered: from then on another
// block may have them.
void LargeBlocks::unmap(LargeRecord* record) noexcept {
  LargeMapping mapping;
  {
    const os::LockGuard guard(lock_);
    mapping = record->mapping;
    remember(record);
  }
  unmap_large(mapping);
}

void LargeBlocks::remember(LargeRecord* record) noexcept {
  ranges_.remove(record->mapping.map_begin, record->block.user);
  LargeRecord* const forgotten = quarantine_.remember(record);
  if (forgotten != nullptr) table_.erase(forgotten);
}

void LargeBlocks::flush_quarantine() noexcept {
  for (std::size_t left = most_steps(); left != 0; --left) {
    LargeMapping mapping;
    {
      const os::LockGuard guard(lock_);
      LargeRecord* const record = quarantine_.take_any();
      if (record == nullptr) return;
      mapping = record->mapping;
      remember(record);
    }
    unmap_large(mapping);
  }
}

std::size_t LargeBlocks::trim(core::FaultSink& /*faults*/) noexcept {
  std::size_t emptied = 0;
  for (std::size_t left = most_steps(); left != 0; --left) {
    LargeRecord* record = nullptr;
    {
      const os::LockGuard guard(lock_);
      record = quarantine_.take_kept();
    }
    if (record == nullptr) return emptied;
    emptied += record->mapping.body_size();
    empty(record);
  }
  return emptied;
}

}  // namespace padlock::runtime
