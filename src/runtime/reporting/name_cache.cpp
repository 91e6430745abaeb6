// When the book is emptied.
#include "runtime/reporting/name_cache.h"

#include <new>

#include "base/arith.h"
#include "os/memory.h"
#include "os/tables.h"
#include "trace/unwinder.h"

namespace padlock::runtime {

trace::NameBook* NameCache::open() noexcept {
  if (book_ == nullptr) {
    const std::size_t size = align_up(sizeof(trace::NameBook), os::page_size());
    void* const memory = os::map_table(size);
    if (memory == nullptr) return nullptr;
    book_ = new (memory) trace::NameBook;
  }
  const std::uint32_t generation = trace::rules_generation.load(std::memory_order_relaxed);
  if (generation != generation_ || book_->is_half_full()) book_->clear();
  generation_ = generation;
  return book_;
}

}  // namespace padlock::runtime
