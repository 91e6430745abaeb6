// The kernel's list, which is in order.
#include "runtime/leaks/process_memory.h"

#include <algorithm>

#include "base/arith.h"
#include "os/file_reader.h"
#include "os/maps_parser.h"
#include "os/memory.h"
#include "runtime/memory/pool_marks.h"

namespace padlock::runtime {

bool ProcessMemory::read() noexcept {
  readable_.drop_all();
  os::FileReader file("/proc/thread-self/maps");
  os::MapsParser<os::FileReader> parser(file);
  os::MapsLine line;
  while (parser.next(line)) {
    const os::Mapping& mapping = line.mapping;
    // Above the program's half of the addresses lies the kernel's own page of calls.
    if (!mapping.readable || mapping.begin >= mapping.end || mapping.begin >> 47 != 0) continue;
    if (!readable_.add({mapping.begin, mapping.end})) return false;
  }
  return !readable_.empty();
}

const AddressRange* ProcessMemory::first_that_ends_behind(std::uintptr_t address) const noexcept {
  return std::upper_bound(
      readable_.begin(), readable_.end(), address,
      [](std::uintptr_t wanted, const AddressRange& range) { return wanted < range.end; });
}

// A mapping may hold pages that are closed by markers (MADV_GUARD_INSTALL), of which the list says nothing:
// each page is asked about.
AddressRange ProcessMemory::first_readable(AddressRange range) const noexcept {
  const std::uintptr_t page = os::page_size();
  const auto next_page = [page](std::uintptr_t address) { return align_down(address, page) + page; };
  while (range.begin < range.end) {
    const AddressRange* const found = first_that_ends_behind(range.begin);
    if (found == readable_.end() || found->begin >= range.end) return {};
    range.begin = std::max(found->begin, range.begin);
    const std::uintptr_t end = std::min(found->end, range.end);
    std::uintptr_t at = range.begin;
    while (at < end && os::is_readable(at, 1)) at = next_page(at);
    if (at != range.begin) return {range.begin, std::min(at, end)};
    range.begin = next_page(at);
  }
  return {};
}

AddressRange ProcessMemory::first_unpoisoned(AddressRange range) const noexcept {
  if (range.begin >= range.end) return {};
  range.begin = pool_marks.first_free(range);
  return {range.begin, pool_marks.first_marked(range)};
}

AddressRange ProcessMemory::mapping_of(std::uintptr_t address) const noexcept {
  const AddressRange* const found = first_that_ends_behind(address);
  return found != readable_.end() && found->contains(address) ? *found : AddressRange{};
}

}  // namespace padlock::runtime
