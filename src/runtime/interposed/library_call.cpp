// The looks at pointers into the heap, and the report.
#include "runtime/interposed/library_call.h"

#include <algorithm>
#include <cstring>  // POSIX's strnlen and strncasecmp, too
#include <string_view>

#include "arch/frame.h"
#include "os/loaded_module.h"
#include "runtime/guarded/guarded_blocks.h"
#include "runtime/holders/patience.h"
#include "runtime/holders/place.h"
#include "runtime/holders/read_value.h"
#include "runtime/interposed/known_headers.h"
#include "runtime/interposed/known_slots.h"
#include "runtime/large/large_blocks.h"
#include "runtime/memory/pool_marks.h"
#include "runtime/memory/segment.h"
#include "runtime/memory/settings.h"
#include "runtime/reporting/reporter.h"

namespace padlock::runtime {

constinit KnownHeaders known_headers;
constinit KnownSlots known_slots;

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

// What is left of `room` bytes of a live block in front of the first that is poisoned. `number`: as in
// PoolMarks.
std::size_t room_before_poison(std::uintptr_t user, std::uint64_t number, std::uintptr_t address,
                               std::size_t room, std::size_t most) noexcept {
  if (!pool_marks.in_use() || room == 0 || room == core::kUnbounded) return room;
  const std::uintptr_t end = address + std::min(room, most);
  const std::uintptr_t first = pool_marks.first_poisoned(user, number, {address, end});
  return first == end ? room : first - address;
}

// Of a guarded block; unbounded where there is none.
std::size_t accessible_in_guarded(std::uintptr_t address, std::size_t most) noexcept {
  const std::size_t room = guarded_blocks.accessible_at(address);
  if (room == 0) return guarded_blocks.find_block(address).present() ? 0 : core::kUnbounded;
  if (!pool_marks.in_use()) return room;
  return room_before_poison(guarded_blocks.find_block(address).user, 0, address, room, most);
}

core::BlockSnapshot block_patiently(std::uintptr_t address) noexcept {
  return look_patiently([&] { return try_find_block(address); }).value_or(core::BlockSnapshot{});
}

// By its record, for which others may have to be waited for.
LargeRanges::Found found_in_records(std::uintptr_t address) noexcept {
  const core::BlockSnapshot block = block_patiently(address);
  if (!block.present()) return {};
  if (block.state != core::BlockState::kLive) return {block.user, 0};
  const std::uint64_t offset = address - block.user;  // huge before it
  return {block.user, block.requested - std::min(offset, block.requested)};
}

// A thread that changes what is known of large blocks may have lost the processor amidst it.
std::size_t accessible_in_large(std::uintptr_t address, std::size_t most) noexcept {
  LargeRanges::Found found = large_blocks.ranges().find(address);
  if (!found.is_steady) found = found_in_records(address);
  return room_before_poison(found.user, 0, address, found.room, most);
}

// Outside the arenas' blocks.
std::size_t bytes_elsewhere(std::uintptr_t address, std::size_t most) noexcept {
  switch (place_of(address).holder) {
    case Holder::kGuarded:
      return accessible_in_guarded(address, most);
    case Holder::kLarge:
      return accessible_in_large(address, most);
    case Holder::kArena:
    case Holder::kBootstrap:
    case Holder::kNobody:
      break;
  }
  return core::kUnbounded;
}

std::size_t accessible_elsewhere(std::uintptr_t address, std::size_t most) noexcept {
  return settings.options.intercept ? bytes_elsewhere(address, most) : core::kUnbounded;
}

// A block that is not an arena's, and may be freed; or an absent one.
core::BlockSnapshot block_elsewhere(std::uintptr_t address) noexcept {
  const Holder holder = place_of(address).holder;
  return holder == Holder::kGuarded || holder == Holder::kLarge ? block_patiently(address)
                                                                : core::BlockSnapshot{};
}

core::Fault judge_elsewhere(const core::AccessedRange& range) noexcept {
  const core::BlockSnapshot block = block_elsewhere(range.address);
  return block.present() ? core::judge_access(block, range) : core::Fault{};
}

// Of an access to `range`, where what is poisoned is the first that is wrong with it.
core::Fault judge_poisoned(const core::BlockSnapshot& block, const core::AccessedRange& range) noexcept {
  const std::uintptr_t end = block.user + block.requested;
  if (block.state != core::BlockState::kLive || range.address < block.user || range.address >= end) return {};
  const AddressRange inside{range.address,
                            range.address + std::min<std::uint64_t>(range.length, end - range.address)};
  const std::uintptr_t first = pool_marks.first_poisoned(block.user, block.number, inside);
  if (first == inside.end) return {};
  core::Fault fault;
  fault.kind = core::FaultKind::kUseAfterPoison;
  fault.moment = core::Moment::kAccess;
  fault.address = first;
  fault.accessed = range;
  fault.block = block;
  return fault;
}

// Programs that were linked before glibc 2.14 have a memcpy that is memmove, by a version of the symbol.
bool may_overlap(core::Call call, std::uintptr_t caller) noexcept {
  if (call != core::Call::kMemcpy) return false;
  const os::LoadedModule module = os::module_at(caller - 1);
  return module.present() && os::DynamicTables(module).needs("memcpy", "GLIBC_2.2.5");
}

}  // namespace

std::size_t accessible_at(const void* pointer, std::size_t most) noexcept {
  if (!may_be_in_heap(pointer)) return core::kUnbounded;
  const std::uintptr_t address = address_of(pointer);
  const core::Region* const region = region_at(address);
  if (region == nullptr) return accessible_elsewhere(address, most);
  const std::uint32_t start = core::start_seen_at(*region, address);
  if (start == Bitmap::kNone) return core::kUnbounded;
  const core::BlockHeader* const header = region->header_at(start);
  const std::size_t room = core::accessible_behind(header, address);
  if (room != 0 && is_common(segment_table.mark_of(address))) known_headers.note(header, address);
  if (!pool_marks.in_use()) [[likely]]
    return room;
  const std::uint64_t number = core::number_in(core::load_header(header));
  return room_before_poison(address_of(header->user()), number, address, room, most);
}

std::size_t program_bytes_at(const void* pointer) noexcept {
  if (region_at(address_of(pointer)) != nullptr) return accessible_at(pointer);
  return bytes_elsewhere(address_of(pointer), core::kUnbounded);
}

bool lies_elsewhere(std::uintptr_t address, SlotMark mark, std::size_t size) noexcept {
  if (mark == kLargeMark) return large_blocks.ranges().show(address, size);
  if (mark != kGuardedMark || pool_marks.in_use()) return false;
  if (const auto number = guarded_blocks.number_of_record_at(address)) known_slots.note(address, *number);
  return guarded_blocks.accessible_at(address) >= size;
}

bool is_closed_beyond(const void* pointer) noexcept {
  const Holder holder = place_of(address_of(pointer)).holder;
  return holder == Holder::kGuarded || holder == Holder::kLarge;
}

void LibraryCall::check(LibraryCall site, const void* pointer, std::size_t size,
                        core::Access access) noexcept {
  if (accessible_at(pointer, size) >= size) [[likely]]
    return;
  report(site, {.address = address_of(pointer), .length = size, .access = access});
}

void LibraryCall::check_text(LibraryCall site, const void* text, std::size_t size) noexcept {
  const std::size_t room = accessible_at(text, size);
  if (room < size) [[unlikely]]
    site.reads(text, room + 1);
}

void LibraryCall::check_string(LibraryCall site, const char* text, std::size_t most) noexcept {
  const std::size_t room = accessible_at(text, most);
  if (room >= most) return;
  if (strnlen(text, room) == room) site.reads(text, room + 1);
}

void LibraryCall::check_until(LibraryCall site, const char* text, const char* found) noexcept {
  site.reads_text(text, (found != nullptr ? address_of(found) - address_of(text) : std::strlen(text)) + 1);
}

void LibraryCall::check_search(LibraryCall site, const void* in, int byte, std::size_t size) noexcept {
  const std::size_t room = accessible_at(in, size);
  if (room >= size || std::memchr(in, byte, room) != nullptr) return;
  site.reads(in, size);
}

void LibraryCall::check_search(LibraryCall site, const void* in, const void* part, std::size_t size,
                               std::size_t length) noexcept {
  const std::size_t room = accessible_at(in, size);
  if (room >= size) return;
  const std::string_view here(static_cast<const char*>(in), room);
  const std::string_view wanted(static_cast<const char*>(part), length);
  if (std::search(here.begin(), here.end(), wanted.begin(), wanted.end()) != here.end() || length == 0)
    return;
  site.reads(in, size);
}

void LibraryCall::check_token(LibraryCall site, const char* text, const char* set, bool skips) noexcept {
  site.reads_string(set);
  if (!may_be_in_heap(text)) return;
  const std::size_t room = accessible_at(text);
  std::size_t end = 0;
  if (skips)
    while (end < room && text[end] != '\0' && std::strchr(set, text[end]) != nullptr) ++end;
  while (end < room && text[end] != '\0' && std::strchr(set, text[end]) == nullptr) ++end;
  if (end == room) site.reads(text, room + 1);
}

void LibraryCall::check_copy(LibraryCall site, char* to, const char* from) noexcept {
  site.reads_string(from);
  const std::size_t size = std::strlen(from) + 1;
  site.writes(to, size);
  check_overlap(site, to, from, size);
}

void LibraryCall::check_overlap(LibraryCall site, const void* to, const void* from,
                                std::size_t size) noexcept {
  if (may_be_in_heap(to) && overlap(to, from, size)) report_overlap(site, to, from, size);
}

void LibraryCall::check_field_overlap(LibraryCall site, char* to, const char* from,
                                      std::size_t size) noexcept {
  const std::size_t length = strnlen(from, size);
  check_overlap(site, to, from, length < size ? length + 1 : size);
}

void LibraryCall::check_cut(LibraryCall site, char* to, const char* from, std::size_t size) noexcept {
  site.reads_string(from);
  const std::size_t length = std::strlen(from);
  if (size == 0) return;
  const std::size_t written = std::min(length + 1, size);
  site.writes(to, written);
  check_overlap(site, to, from, written);
}

void LibraryCall::check_cut_append(LibraryCall site, char* to, const char* from, std::size_t size) noexcept {
  site.reads_string(to, size);
  const std::size_t before = strnlen(to, size);
  if (before < accessible_at(to, size)) return check_cut(site, to + before, from, size - before);
  site.reads_string(from);
}

void LibraryCall::check_copy_until(LibraryCall site, void* to, const void* from, int byte,
                                   std::size_t size) noexcept {
  site.searches(from, byte, size);
  // Behind the block closed pages may begin.
  const void* const found = std::memchr(from, byte, std::min(size, accessible_at(from, size)));
  const std::size_t copied = found == nullptr ? size : address_of(found) - address_of(from) + 1;
  site.writes(to, copied);
  check_overlap(site, to, from, copied);
}

void LibraryCall::check_append(LibraryCall site, char* to, const char* from, std::size_t most) noexcept {
  site.reads_string(from, most);
  site.reads_string(to);
  const std::size_t before = std::strlen(to);
  if (before >= accessible_at(to)) return;
  const std::size_t length = strnlen(from, most);
  site.writes(to + before, length + 1);
  const std::size_t read = length < most ? length + 1 : length;
  if (may_be_in_heap(to) && overlap(to + before, from, read)) {
    report_overlap(site, to + before, from, length + 1);
  }
}

std::optional<int> LibraryCall::compare(LibraryCall site, const char* a, const char* b, std::size_t most,
                                        bool ignores_case) noexcept {
  const std::size_t room = std::min(accessible_at(a, most), accessible_at(b, most));
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
  if (fault.kind == core::FaultKind::kNone && pool_marks.in_use()) {
    fault = judge_poisoned(block_patiently(range.address), range);
  }
  if (fault.kind == core::FaultKind::kNone) {
    fault = region != nullptr ? core::judge_access(*region, settings.keys, range) : judge_elsewhere(range);
  }
  if (fault.kind == core::FaultKind::kNone) return;
  fault.call = site.call_;
  reporter.report(fault, arch::caller_of_frame(site.frame_));
}

void LibraryCall::report_overlap(LibraryCall site, const void* to, const void* from,
                                 std::size_t size) noexcept {
  const trace::FrameState caller = arch::caller_of_frame(site.frame_);
  if (!settings.options.intercept || may_overlap(site.call_, caller.pc)) return;
  const core::AccessedRange range{.address = address_of(to), .length = size, .access = core::Access::kWrite};
  const core::Region* const region = region_at(range.address);
  core::Fault fault = region != nullptr
                          ? core::judge_overlap(*region, settings.keys, range, address_of(from))

                          : core::judge_overlap(block_elsewhere(range.address), range, address_of(from));
  if (fault.kind == core::FaultKind::kNone) return;
  fault.call = site.call_;
  reporter.report(fault, caller);
}

void LibraryCall::report_value(LibraryCall site, const void* pointer) noexcept {
  if (!settings.options.intercept) return;
  core::Fault fault = explain_value(address_of(pointer), core::ReadValue::Use::kPointer);
  if (fault.kind == core::FaultKind::kNone) return;
  fault.call = site.call_;
  reporter.report(fault, arch::caller_of_frame(site.frame_));
}

}  // namespace padlock::runtime
