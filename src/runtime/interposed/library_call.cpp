// The looks at pointers into the heap, and the report.
#include "runtime/interposed/library_call.h"

#include <algorithm>
#include <atomic>
#include <cstring>  // POSIX's strnlen and strncasecmp, too

#include "arch/frame.h"
#include "runtime/guarded/guarded_blocks.h"
#include "runtime/holders/read_value.h"
#include "runtime/memory/segment.h"
#include "runtime/memory/settings.h"
#include "runtime/reporting/reporter.h"

namespace padlock::runtime {
namespace {

// The region of an arena that holds the address; null where none does: guard pages and metadata of segments,
// which trap, the bootstrap heap, and everything where the options say so.
[[gnu::always_inline]] inline const core::Region* region_at(std::uintptr_t address) noexcept {
  if (!settings.options.intercept) return nullptr;
  const SegmentOwner owner = segment_table.owner_of(address);
  if (owner == kNoOwner || owner == kBootstrapOwner || owner == kGuardedOwner) return nullptr;
  const core::Region* const region = region_of_segment(address);
  return region->contains(address) ? region : nullptr;
}

// Where the headers of blocks are that calls met lately, by their addresses: a call that lies in the same
// live block needs neither the region nor its bitmap. Nothing is reported by it. A header that is none any
// more can hide a fault where it happens to look like one of a live block, no more; it is read as long as its
// slot is an arena's.
class KnownHeaders {
 public:
  [[gnu::always_inline]] [[nodiscard]] std::size_t accessible_at(std::uintptr_t address) const noexcept {
    const std::uintptr_t header = place_of(address).load(std::memory_order_relaxed);
    // Both lie in one slot, and the header does not lie behind the address.
    if (address - header >= kSlotSize || (address ^ header) >= kSlotSize) return 0;
    return core::accessible_behind(reinterpret_cast<const core::BlockHeader*>(header), address);
  }
  void note(const core::Region& region, std::uintptr_t address) noexcept {
    const std::uint32_t start = core::start_seen_at(region, address);
    if (start == Bitmap::kNone) return;
    place_of(address).store(address_of(region.header_at(start)), std::memory_order_relaxed);
  }

 private:
  static constexpr std::size_t kPlaces = 2048;
  static constexpr unsigned kShift = 7;  // neighbours of 128 bytes share a place

  std::atomic<std::uintptr_t>& place_of(std::uintptr_t address) noexcept {
    return places_[(address >> kShift) % kPlaces];
  }
  [[nodiscard]] const std::atomic<std::uintptr_t>& place_of(std::uintptr_t address) const noexcept {
    return places_[(address >> kShift) % kPlaces];
  }

  std::atomic<std::uintptr_t> places_[kPlaces] = {};
};

constinit KnownHeaders known_headers;

[[gnu::always_inline]] inline bool is_guarded(std::uintptr_t address) noexcept {
  return segment_table.mark_of(address) == kGuardedMark;
}

// Of a guarded block; unbounded where there is none.
std::size_t accessible_in_guarded(std::uintptr_t address) noexcept {
  if (!settings.options.intercept || !guarded_blocks.find_block(address).present()) return core::kUnbounded;
  return guarded_blocks.accessible_at(address);
}

core::Fault judge_in_guarded(const core::AccessedRange& range) noexcept {
  const core::BlockSnapshot block = guarded_blocks.find_block(range.address);
  return block.present() ? core::judge_access(block, range) : core::Fault{};
}

// Whether the slot is an arena's up to its end, so that what lies in it can be read.
[[gnu::always_inline]] inline bool is_whole(std::uintptr_t address) noexcept {
  return is_common(segment_table.mark_of(address));
}

}  // namespace

std::size_t accessible_at(const void* pointer) noexcept {
  if (!may_be_in_heap(pointer)) return core::kUnbounded;
  const std::uintptr_t address = address_of(pointer);
  if (is_whole(address)) {
    if (const std::size_t known = known_headers.accessible_at(address); known != 0) return known;
  }
  const core::Region* const region = region_at(address);
  if (region == nullptr) return is_guarded(address) ? accessible_in_guarded(address) : core::kUnbounded;
  known_headers.note(*region, address);
  return core::accessible_at(*region, address);
}

void LibraryCall::check(LibraryCall site, const void* pointer, std::size_t size,
                        core::Access access) noexcept {
  const std::uintptr_t address = address_of(pointer);
  if (is_guarded(address)) [[unlikely]] {
    if (guarded_blocks.accessible_at(address) >= size) [[likely]]
      return;
  } else if (is_whole(address) && known_headers.accessible_at(address) >= size) [[likely]] {
    return;
  }
  check_anew(site, pointer, size, access);
}

void LibraryCall::check_anew(LibraryCall site, const void* pointer, std::size_t size,
                             core::Access access) noexcept {
  const std::uintptr_t address = address_of(pointer);
  const core::Region* const region = region_at(address);
  if (region != nullptr && core::accessible_at(*region, address) >= size) [[likely]]
    return known_headers.note(*region, address);
  const bool guarded = region == nullptr && is_guarded(address) && accessible_in_guarded(address) < size;
  if (region != nullptr || guarded) report(site, {.address = address, .length = size, .access = access});
}

void LibraryCall::check_text(LibraryCall site, const void* text, std::size_t size) noexcept {
  const std::size_t room = accessible_at(text);
  if (room < size) [[unlikely]]
    site.reads(text, room + 1);
}

void LibraryCall::check_string(LibraryCall site, const char* text, std::size_t most) noexcept {
  const std::size_t room = accessible_at(text);
  if (room >= most) return;
  const std::size_t length = strnlen(text, most);
  if (length >= room) site.reads(text, room + 1);
}

void LibraryCall::check_until(LibraryCall site, const char* text, const char* found) noexcept {
  site.reads_text(text, (found != nullptr ? address_of(found) - address_of(text) : std::strlen(text)) + 1);
}

void LibraryCall::check_search(LibraryCall site, const void* in, int byte, std::size_t size) noexcept {
  const std::size_t room = accessible_at(in);
  if (room >= size || std::memchr(in, byte, room) != nullptr) return;
  site.reads(in, size);
}

void LibraryCall::check_copy(LibraryCall site, char* to, const char* from) noexcept {
  const std::size_t size = std::strlen(from) + 1;
  site.reads_text(from, size);
  site.writes(to, size);
}

void LibraryCall::check_append(LibraryCall site, char* to, const char* from, std::size_t most) noexcept {
  site.reads_string(from, most);
  site.reads_string(to);
  const std::size_t before = std::strlen(to);
  if (before < accessible_at(to)) site.writes(to + before, strnlen(from, most) + 1);
}

std::optional<int> LibraryCall::compare(LibraryCall site, const char* a, const char* b, std::size_t most,
                                        bool ignores_case) noexcept {
  const std::size_t room = std::min(accessible_at(a), accessible_at(b));
  if (room >= most) return std::nullopt;
  const int order = ignores_case ? strncasecmp(a, b, room) : std::strncmp(a, b, room);
  if (order != 0) return order;
  if (strnlen(a, room) < room) return 0;
  site.reads(a, room + 1);
  site.reads(b, room + 1);
  return std::nullopt;
}

void LibraryCall::report(LibraryCall site, const core::AccessedRange& range) noexcept {
  const core::Region* const region = region_at(range.address);
  // A length that was read from freed or fresh memory is none.
  core::Fault fault = explain_value(range.length, core::ReadValue::Use::kSize);
  if (fault.kind == core::FaultKind::kNone) {
    fault = region != nullptr ? core::judge_access(*region, settings.keys, range) : judge_in_guarded(range);
  }
  if (fault.kind == core::FaultKind::kNone) return;
  fault.call = site.call_;
  reporter.report(fault, arch::caller_of_frame(site.frame_));
}

}  // namespace padlock::runtime
