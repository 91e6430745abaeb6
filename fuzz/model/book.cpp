// Entering calls into the book, and looking blocks up in it.
#include "model/book.h"

#include "core/block/layout.h"

namespace padlock::fuzz {

const IdleHeader* Book::merged_header_at(std::uintptr_t address, std::uintptr_t outer) const {
  auto above = idle.upper_bound(address);
  if (above == idle.begin()) return nullptr;
  const auto& [header, entry] = *--above;
  return header > outer && address < header + core::kHeaderSize ? &entry : nullptr;
}

}  // namespace padlock::fuzz
