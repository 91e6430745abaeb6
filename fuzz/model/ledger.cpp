// Entering changes of Padlock's bytes, and comparing memory with them.
#include "model/ledger.h"

namespace padlock::fuzz {
namespace {

std::uint8_t& byte_at(std::uintptr_t address) noexcept { return *reinterpret_cast<std::uint8_t*>(address); }

}  // namespace

void Ledger::poke(std::uintptr_t address, std::uint8_t value) {
  ++version_;
  const auto [entry, added] = changes_.try_emplace(address);
  if (added) entry->second.original = byte_at(address);
  entry->second.now = value;
  byte_at(address) = value;
  if (entry->second.original == value) changes_.erase(entry);
}

void Ledger::undo(std::uintptr_t begin, std::uintptr_t end) {
  for (auto entry = changes_.lower_bound(begin); entry != changes_.end() && entry->first < end; ++entry) {
    byte_at(entry->first) = entry->second.original;
  }
  forget(begin, end);
}

void Ledger::forget(std::uintptr_t begin, std::uintptr_t end) {
  if (!any(begin, end)) return;
  ++version_;
  changes_.erase(changes_.lower_bound(begin), changes_.lower_bound(end));
}

std::optional<Extent> Ledger::extent(std::uintptr_t begin, std::uintptr_t end) const {
  if (changes_.empty()) return std::nullopt;
  const auto first = changes_.lower_bound(begin);
  auto last = changes_.lower_bound(end);
  if (first == last) return std::nullopt;
  return Extent{first->first, (--last)->first};
}

}  // namespace padlock::fuzz
