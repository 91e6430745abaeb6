// What a call to one of libc's functions does with memory, in the words of core/library_calls.def: each looks
// whether the heap's part of it lies in a live block, and reports where it does not, before the function is
// called.
//
// A pointer outside the heap costs a look at the segment table; one inside, the start bitmap and the block's
// header as well. No lock, no allocation; async-signal-safe. Before this library is relocated the segment
// table is empty: nothing here then needs more than its own code and data.
//
// Not here: what was given out before start-up.
#pragma once

#include <algorithm>
#include <cstdarg>
#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/arith.h"
#include "core/examine/access.h"
#include "core/fault.h"
#include "runtime/memory/segment_table.h"

namespace padlock::runtime {

/// PATH_MAX: bytes of a path, with its NUL, at most.
inline constexpr std::size_t kLongestPath = 4096;
/// struct pollfd and, packed, struct epoll_event.
inline constexpr std::size_t kPollSize = 8;
inline constexpr std::size_t kEventSize = 12;
/// struct stat; struct timespec and timeval; tm; utsname; rlimit; rusage.
inline constexpr std::size_t kStatusSize = 144;
inline constexpr std::size_t kTimeSize = 16;
inline constexpr std::size_t kDateSize = 56;
inline constexpr std::size_t kSystemNameSize = 390;
inline constexpr std::size_t kLimitSize = 16;
inline constexpr std::size_t kUsageSize = 144;
/// struct in_addr and in6_addr; 0 of a family that is neither's.
constexpr std::size_t internet_address_size(int family) noexcept {
  return family == 2 ? 4 : family == 10 ? 16 : 0;
}
/// Bits of an address of the program's.
inline constexpr unsigned kAddressBits = 47;

class ScanRoom;

/// Whether `pointer` lies where arenas have blocks, where guarded ones lie, or near large ones.
[[gnu::always_inline]] inline bool may_be_in_heap(const void* pointer) noexcept {
  return segment_table.mark_of(address_of(pointer)) != kNoOwner;
}

/// One call: passed by value, so that the call to libc's function can end the wrapper.
class LibraryCall {
 public:
  /// `frame`: __builtin_frame_address(0) of the function that the program called.
  [[gnu::always_inline]] LibraryCall(core::Call call, const void* frame) noexcept
      : frame_(frame), call_(call) {}

  /// Exactly `size` bytes; none is no access.
  [[gnu::always_inline]] void reads(const void* from, std::size_t size) const noexcept {
    if (may_be_in_heap(from)) [[unlikely]]
      check(*this, from, size, core::Access::kRead);
  }
  [[gnu::always_inline]] void writes(const void* to, std::size_t size) const noexcept {
    if (may_be_in_heap(to)) [[unlikely]]
      check(*this, to, size, core::Access::kWrite);
  }

  /// Makes an empty string of one byte, which the call is to write to.
  [[gnu::always_inline]] void ends(char* to) const noexcept {
    writes(to, 1);
    *to = '\0';
  }

  /// Whether `size` bytes at both have one in common.
  [[gnu::always_inline]] static bool touch(const void* to, const void* from, std::size_t size) noexcept {
    const std::uintptr_t ahead = address_of(to) - address_of(from);
    return std::min(ahead, 0 - ahead) < size;
  }
  /// The same, but that the very same place is no harm.
  [[gnu::always_inline]] static bool overlap(const void* to, const void* from, std::size_t size) noexcept {
    return to != from && touch(to, from, size);
  }
  /// `size` bytes from one place to another, which must not overlap.
  [[gnu::always_inline]] void copies(void* to, const void* from, std::size_t size) const noexcept {
    reads(from, size);
    if (may_be_in_heap(to)) [[unlikely]] {
      check(*this, to, size, core::Access::kWrite);
      if (overlap(to, from, size)) [[unlikely]]
        report_overlap(*this, to, from, size);
    }
  }
  /// A pointer that is passed on to the kernel, which answers one that is no address with an error.
  [[gnu::always_inline]] void passes(const void* pointer) const noexcept {
    if (address_of(pointer) >> kAddressBits != 0) [[unlikely]]
      report_value(*this, pointer);
  }
  /// The same, of `size` bytes that it reads; and the path of a file.
  [[gnu::always_inline]] void sends(const void* from, std::size_t size) const noexcept {
    if (size != 0) passes(from);
    reads(from, size);
  }
  [[gnu::always_inline]] void opens(const char* path) const noexcept {
    passes(path);
    reads_string(path, kLongestPath);
  }

  /// Text of which `size` bytes are looked at, up to the first that ends it. Where the block ends before, so
  /// does what is reported: how far a look for a NUL goes beyond a block is chance.
  [[gnu::always_inline]] void reads_text(const void* from, std::size_t size) const noexcept {
    if (may_be_in_heap(from)) [[unlikely]]
      check_text(*this, from, size);
  }
  /// A string with its NUL, and one of which at most `most` bytes count.
  [[gnu::always_inline]] void reads_string(const char* text) const noexcept {
    if (may_be_in_heap(text)) [[unlikely]]
      check_string(*this, text, core::kUnbounded);
  }
  [[gnu::always_inline]] void reads_string(const char* text, std::size_t most) const noexcept {
    if (may_be_in_heap(text)) [[unlikely]]
      check_string(*this, text, most);
  }

  /// From `from` to what was found there, `extra` bytes of it included.
  [[gnu::always_inline]] void reads_up_to(const void* from, const void* found,
                                          std::size_t extra) const noexcept {
    reads_text(from, address_of(found) - address_of(from) + extra);
  }
  /// The same, or the whole string where nothing was.
  [[gnu::always_inline]] void reads_until(const char* text, const char* found) const noexcept {
    if (may_be_in_heap(text)) [[unlikely]]
      check_until(*this, text, found);
  }
  /// From the end of [from, from + size) back to what was found, or to the beginning.
  [[gnu::always_inline]] void reads_back(const void* from, std::size_t size,
                                         const void* found) const noexcept {
    const std::uintptr_t skipped = found == nullptr ? 0 : address_of(found) - address_of(from);
    reads(static_cast<const char*>(from) + skipped, size - skipped);
  }
  /// Up to the first `byte`, at most `size` bytes.
  [[gnu::always_inline]] void searches(const void* in, int byte, std::size_t size) const noexcept {
    if (may_be_in_heap(in)) [[unlikely]]
      check_search(*this, in, byte, size);
  }
  /// Up to the first place where the `length` <= `size` bytes at `part` are; all `size` bytes where they are
  /// nowhere.
  [[gnu::always_inline]] void searches(const void* in, const void* part, std::size_t size,
                                       std::size_t length) const noexcept {
    if (may_be_in_heap(in)) [[unlikely]]
      check_search(*this, in, part, size, length);
  }

  /// A token of a string, up to the first byte of `set` behind it; of these, those in front are skipped where
  /// `skips`. None where `text` is null.
  [[gnu::always_inline]] void reads_token(const char* text, const char* set, bool skips) const noexcept {
    if (may_be_in_heap(text) || may_be_in_heap(set)) [[unlikely]]
      check_token(*this, text, set, skips);
  }

  [[gnu::always_inline]] void copies_string(char* to, const char* from) const noexcept {
    if (may_be_in_heap(to) || may_be_in_heap(from)) [[unlikely]]
      check_copy(*this, to, from);
  }
  /// At most `most` characters, and a NUL, behind the string at `to`.
  [[gnu::always_inline]] void appends_string(char* to, const char* from, std::size_t most) const noexcept {
    if (may_be_in_heap(to) || may_be_in_heap(from)) [[unlikely]]
      check_append(*this, to, from, most);
  }

  /// A field of `size` bytes is written: a string, and zeros behind it.
  [[gnu::always_inline]] void copies_field(char* to, const char* from, std::size_t size) const noexcept {
    reads_string(from, size);
    writes(to, size);
    if (overlap(to, from, size)) [[unlikely]]
      check_field_overlap(*this, to, from, size);
  }
  /// All of a string is read; as much of it as `size` bytes hold with a NUL is written, at `to` or behind the
  /// string there.
  [[gnu::always_inline]] void copies_cut(char* to, const char* from, std::size_t size) const noexcept {
    if (may_be_in_heap(to) || may_be_in_heap(from)) [[unlikely]]
      check_cut(*this, to, from, size);
  }
  [[gnu::always_inline]] void appends_cut(char* to, const char* from, std::size_t size) const noexcept {
    if (may_be_in_heap(to) || may_be_in_heap(from)) [[unlikely]]
      check_cut_append(*this, to, from, size);
  }
  /// Bytes up to the first `byte`, at most `size`.
  [[gnu::always_inline]] void copies_until(void* to, const void* from, int byte,
                                           std::size_t size) const noexcept {
    if (may_be_in_heap(to) || may_be_in_heap(from)) [[unlikely]]
      check_copy_until(*this, to, from, byte, size);
  }

  /// An array; a product that overflows is no size.
  static constexpr std::size_t product(std::size_t count, std::size_t size) noexcept {
    std::size_t bytes = 0;
    return __builtin_mul_overflow(count, size, &bytes) ? core::kUnbounded : bytes;
  }
  [[gnu::always_inline]] void reads(const void* from, std::size_t count, std::size_t size) const noexcept {
    reads(from, product(count, size));
  }
  [[gnu::always_inline]] void writes(const void* to, std::size_t count, std::size_t size) const noexcept {
    writes(to, product(count, size));
  }

  /// Wide strings, counted in wchar_t: text of which that many characters are looked at; a string with its
  /// NUL; one of which at most `most` characters count.
  [[gnu::always_inline]] void reads_wide_text(const wchar_t* text, std::size_t characters) const noexcept {
    if (may_be_in_heap(text)) [[unlikely]]
      check_wide_text(*this, text, characters);
  }
  [[gnu::always_inline]] void reads_wide(const wchar_t* text,
                                         std::size_t most = core::kUnbounded) const noexcept {
    if (may_be_in_heap(text)) [[unlikely]]
      check_wide(*this, text, most);
  }
  /// From `text` to what was found there, or the whole string where nothing was.
  [[gnu::always_inline]] void reads_wide_until(const wchar_t* text, const wchar_t* found) const noexcept {
    if (found == nullptr) return reads_wide(text);
    reads_wide_text(text, static_cast<std::size_t>(found - text) + 1);
  }
  [[gnu::always_inline]] void searches_wide(const wchar_t* in, wchar_t wanted,
                                            std::size_t characters) const noexcept {
    if (may_be_in_heap(in)) [[unlikely]]
      check_wide_search(*this, in, wanted, characters);
  }
  [[gnu::always_inline]] void copies_wide(wchar_t* to, const wchar_t* from) const noexcept {
    if (may_be_in_heap(to) || may_be_in_heap(from)) [[unlikely]]
      check_wide_copy(*this, to, from);
  }
  [[gnu::always_inline]] void copies_wide_field(wchar_t* to, const wchar_t* from,
                                                std::size_t characters) const noexcept {
    reads_wide(from, characters);
    writes(to, characters, sizeof *to);
    if (overlap(to, from, product(characters, sizeof *to))) [[unlikely]]
      check_wide_field_overlap(*this, to, from, characters);
  }
  [[gnu::always_inline]] void appends_wide(wchar_t* to, const wchar_t* from,
                                           std::size_t most) const noexcept {
    if (may_be_in_heap(to) || may_be_in_heap(from)) [[unlikely]]
      check_wide_append(*this, to, from, most);
  }
  [[gnu::always_inline]] void compares_wide(const wchar_t* a, const wchar_t* b,
                                            std::size_t most = core::kUnbounded) const noexcept {
    if (may_be_in_heap(a) || may_be_in_heap(b)) [[unlikely]]
      check_wide_order(*this, a, b, most);
  }

  /// The beginning of a number in digits, as atoi reads it: blanks, a sign, digits.
  [[gnu::always_inline]] void reads_number(const char* text) const noexcept {
    if (may_be_in_heap(text)) [[unlikely]]
      check_number(*this, text);
  }
  /// A number that ends at `end`, where something else stands.
  [[gnu::always_inline]] void reads_number(const char* text, const char* end) const noexcept {
    reads_text(text, static_cast<std::size_t>(end - text) + 1);
  }
  [[gnu::always_inline]] void reads_number(const wchar_t* text, const wchar_t* end) const noexcept {
    reads_wide_text(text, static_cast<std::size_t>(end - text) + 1);
  }

  /// The line that getline is to use again: `*line`, if any, is `*size` bytes long.
  [[gnu::always_inline]] void uses_line(char* const* line, const std::size_t* size) const noexcept {
    if (line == nullptr || size == nullptr) return;  // libc's to refuse
    writes(line, sizeof *line);
    writes(size, sizeof *size);
    writes(*line, *line == nullptr ? 0 : *size);
  }

  /// What a format of printf makes of its arguments; and the text at `to`, of which at most `most` bytes are
  /// written.
  void formats(const char* format, va_list list) const noexcept;
  void formats_to(char* to, std::size_t most, const char* format, va_list list) const noexcept;
  /// What a call of scanf has written that succeeded for `assigned` arguments, to where `room` says.
  void scanned(const char* format, va_list list, int assigned, ScanRoom& room) const noexcept;
  void scanned(const wchar_t* format, va_list list, int assigned, ScanRoom& room) const noexcept;
  void reads_format(const char* format) const noexcept { reads_string(format); }
  void reads_format(const wchar_t* format) const noexcept { reads_wide(format); }
  /// The program gives letters of formats a meaning of its own: they are not looked at any more.
  static void changes_formats() noexcept;

  /// Two strings up to their first difference: what the function returns, found without a look beyond the
  /// blocks. Nothing where it is to be called.
  [[gnu::always_inline]] [[nodiscard]] std::optional<int> compares(
      const char* a, const char* b, std::size_t most = core::kUnbounded) const noexcept {
    if (may_be_in_heap(a) || may_be_in_heap(b)) [[unlikely]]
      return compare(*this, a, b, most, false);
    return std::nullopt;
  }
  /// The same for strings that are equal where only upper and lower case differ.
  [[gnu::always_inline]] [[nodiscard]] std::optional<int> compares_case(
      const char* a, const char* b, std::size_t most = core::kUnbounded) const noexcept {
    if (may_be_in_heap(a) || may_be_in_heap(b)) [[unlikely]]
      return compare(*this, a, b, most, true);
    return std::nullopt;
  }

 private:
  static void check(LibraryCall site, const void* pointer, std::size_t size, core::Access access) noexcept;
  static void check_text(LibraryCall site, const void* text, std::size_t size) noexcept;
  static void check_string(LibraryCall site, const char* text, std::size_t most) noexcept;
  static void check_until(LibraryCall site, const char* text, const char* found) noexcept;
  static void check_search(LibraryCall site, const void* in, int byte, std::size_t size) noexcept;
  static void check_search(LibraryCall site, const void* in, const void* part, std::size_t size,
                           std::size_t length) noexcept;
  static void check_token(LibraryCall site, const char* text, const char* set, bool skips) noexcept;
  static void check_copy(LibraryCall site, char* to, const char* from) noexcept;
  static void check_append(LibraryCall site, char* to, const char* from, std::size_t most) noexcept;
  static void check_field_overlap(LibraryCall site, char* to, const char* from, std::size_t size) noexcept;
  static void check_cut(LibraryCall site, char* to, const char* from, std::size_t size) noexcept;
  static void check_cut_append(LibraryCall site, char* to, const char* from, std::size_t size) noexcept;
  static void check_copy_until(LibraryCall site, void* to, const void* from, int byte,
                               std::size_t size) noexcept;
  static void check_wide_field_overlap(LibraryCall site, wchar_t* to, const wchar_t* from,
                                       std::size_t characters) noexcept;
  static std::optional<int> compare(LibraryCall site, const char* a, const char* b, std::size_t most,
                                    bool ignores_case) noexcept;
  static void check_wide_text(LibraryCall site, const wchar_t* text, std::size_t characters) noexcept;
  static void check_wide(LibraryCall site, const wchar_t* text, std::size_t most) noexcept;
  static void check_wide_search(LibraryCall site, const wchar_t* in, wchar_t wanted,
                                std::size_t characters) noexcept;
  static void check_wide_copy(LibraryCall site, wchar_t* to, const wchar_t* from) noexcept;
  static void check_wide_append(LibraryCall site, wchar_t* to, const wchar_t* from,
                                std::size_t most) noexcept;
  static void check_wide_order(LibraryCall site, const wchar_t* a, const wchar_t* b,
                               std::size_t most) noexcept;
  static void check_own_argument(LibraryCall site, const char* to, std::size_t size,
                                 const void* text) noexcept;
  static void check_number(LibraryCall site, const char* text) noexcept;
  /// Where the places do overlap, and the write begins in a block.
  static void check_overlap(LibraryCall site, const void* to, const void* from, std::size_t size) noexcept;
  [[gnu::cold]] static void report_overlap(LibraryCall site, const void* to, const void* from,
                                           std::size_t size) noexcept;
  [[gnu::cold]] static void report_value(LibraryCall site, const void* pointer) noexcept;
  [[gnu::cold]] static void report(LibraryCall site, const core::AccessedRange& range) noexcept;

  const void* frame_;
  core::Call call_;
};

/// How many bytes from `pointer` on may be accessed, at least `most` where there are so many;
/// core::kUnbounded where no bound is known. Poisoned ones may not.
std::size_t accessible_at(const void* pointer, std::size_t most = core::kUnbounded) noexcept;
/// The same with intercept=0, by which guarded and large blocks are not looked at otherwise.
std::size_t program_bytes_at(const void* pointer) noexcept;
/// Whether [address, address + size), in a slot with that mark, which is no arena's as a whole, is a live
/// block's; false where that takes a closer look.
bool lies_elsewhere(std::uintptr_t address, SlotMark mark, std::size_t size) noexcept;
/// Whether pages that are closed may begin there: behind the data of guarded and large blocks, and in freed
/// ones.
bool is_closed_beyond(const void* pointer) noexcept;

}  // namespace padlock::runtime
