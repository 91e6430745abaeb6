// Comparing and finding.
#include "cli/watched_pages.h"

#include <algorithm>

namespace padlock::cli {

std::optional<std::uintptr_t> WatchedPage::first_change(const Tracee& thread) const {
  std::vector<std::byte> now(bytes.size());
  if (!thread.read(place.page, now)) return std::nullopt;
  for (std::size_t i = 0; i != now.size(); ++i) {
    const std::uintptr_t address = place.page + i;
    const bool of_program = address >= place.user && address < place.user_end;
    const bool of_block = address >= place.data && address < place.data_end;
    if (of_block && !of_program && now[i] != bytes[i]) return address;
  }
  return std::nullopt;
}

void AddressSpace::add(const WatchedPage& page) {
  remember({page.place.page, page.place.page_end});
  pages.push_back(page);
}

void AddressSpace::remember(AddressRange range) noexcept {
  ever.begin = ever.size() == 0 ? range.begin : std::min(ever.begin, range.begin);
  ever.end = std::max(ever.end, range.end);
}

WatchedPage* AddressSpace::page_at(std::uintptr_t address) noexcept {
  const auto found =
      std::ranges::find_if(pages, [address](const WatchedPage& page) { return page.contains(address); });
  return found == pages.end() ? nullptr : &*found;
}

bool AddressSpace::is_in_block(std::uintptr_t address) const noexcept {
  return std::ranges::any_of(pages, [address](const WatchedPage& page) {
    return address >= page.place.data && address < page.place.data_end;
  });
}

}  // namespace padlock::cli
