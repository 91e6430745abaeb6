// The quick look at a call to one of libc's functions, in the same words of core/library_calls.def as
// LibraryCall's: all of it is inline and needs no memory, so a wrapper is one until it jumps on. Where the
// look does not show that all is well, the call is looked at closely, by a LibraryCall.
//
// A pointer into a block that calls met lately costs a look at its header or record, one outside the heap a
// look at the segment table as well; any other one takes a second glance, at a start bitmap, or at what is
// known of guarded and large blocks. Strings in the heap are always looked at closely: their length is not
// known.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "base/arith.h"
#include "core/examine/access.h"
#include "runtime/interposed/known_headers.h"
#include "runtime/interposed/known_slots.h"
#include "runtime/interposed/library_call.h"
#include "runtime/memory/pool_marks.h"
#include "runtime/memory/segment.h"
#include "runtime/memory/segment_table.h"
#include "runtime/memory/settings.h"

namespace padlock::runtime {

/// How far a glance goes: to the headers that are known, or to a start bitmap.
enum class Sight { kKnown, kNear };

template <Sight sight>
class Glance {
 public:
  /// Whether the call is to be looked at closely.
  [[gnu::always_inline]] [[nodiscard]] bool shows_too_little() const noexcept { return little_; }

  // In the order of LibraryCall, where each is explained.
  [[gnu::always_inline]] void reads(const void* from, std::size_t size) noexcept { look(from, size); }
  [[gnu::always_inline]] void writes(const void* to, std::size_t size) noexcept { look(to, size); }
  [[gnu::always_inline]] void copies(void* to, const void* from, std::size_t size) noexcept {
    look(from, size);
    look(to, size);
    if (LibraryCall::touch(to, from, size)) [[unlikely]]
      little_ = true;
  }
  [[gnu::always_inline]] void sends(const void* from, std::size_t size) noexcept {
    if (address_of(from) >> kAddressBits != 0) [[unlikely]]
      little_ = true;
    look(from, size);
  }
  [[gnu::always_inline]] void opens(const char* path) noexcept {
    if (address_of(path) >> kAddressBits != 0) [[unlikely]]
      little_ = true;
    leave(path);
  }
  [[gnu::always_inline]] void reads_text(const void* from, std::size_t size) noexcept { look(from, size); }
  [[gnu::always_inline]] void reads_string(const char* text) noexcept { leave(text); }
  [[gnu::always_inline]] void reads_string(const char* text, std::size_t /*most*/) noexcept { leave(text); }
  [[gnu::always_inline]] void reads_up_to(const void* from, const void* found, std::size_t extra) noexcept {
    look(from, address_of(found) - address_of(from) + extra);
  }
  [[gnu::always_inline]] void reads_until(const char* text, const char* found) noexcept {
    if (found == nullptr) return leave(text);
    reads_up_to(text, found, 1);
  }
  [[gnu::always_inline]] void reads_back(const void* from, std::size_t size, const void* found) noexcept {
    const std::uintptr_t skipped = found == nullptr ? 0 : address_of(found) - address_of(from);
    look(static_cast<const char*>(from) + skipped, size - skipped);
  }
  [[gnu::always_inline]] void searches(const void* in, int /*byte*/, std::size_t size) noexcept {
    look(in, size);
  }
  [[gnu::always_inline]] void searches(const void* in, const void* /*part*/, std::size_t size,
                                       std::size_t /*length*/) noexcept {
    look(in, size);
  }
  [[gnu::always_inline]] void reads_token(const char* text, const char* set, bool /*skips*/) noexcept {
    leave(text, set);
  }
  [[gnu::always_inline]] void copies_string(char* to, const char* from) noexcept { leave(to, from); }
  [[gnu::always_inline]] void copies_field(char* to, const char* from, std::size_t size) noexcept {
    leave(from);
    look(to, size);
    if (LibraryCall::overlap(to, from, size)) [[unlikely]]
      little_ = true;
  }
  [[gnu::always_inline]] void copies_cut(char* to, const char* from, std::size_t /*size*/) noexcept {
    leave(to, from);
  }
  [[gnu::always_inline]] void appends_cut(char* to, const char* from, std::size_t /*size*/) noexcept {
    leave(to, from);
  }
  [[gnu::always_inline]] void copies_until(void* to, const void* from, int /*byte*/,
                                           std::size_t /*size*/) noexcept {
    leave(to, from);
  }
  [[gnu::always_inline]] void appends_string(char* to, const char* from, std::size_t /*most*/) noexcept {
    leave(to, from);
  }
  [[gnu::always_inline]] std::optional<int> compares(const char* a, const char* b,
                                                     std::size_t /*most*/ = core::kUnbounded) noexcept {
    leave(a, b);
    return std::nullopt;
  }
  [[gnu::always_inline]] std::optional<int> compares_case(const char* a, const char* b,
                                                          std::size_t /*most*/ = core::kUnbounded) noexcept {
    leave(a, b);
    return std::nullopt;
  }
  [[gnu::always_inline]] void reads(const void* from, std::size_t count, std::size_t size) noexcept {
    look(from, product(count, size));
  }
  [[gnu::always_inline]] void writes(const void* to, std::size_t count, std::size_t size) noexcept {
    look(to, product(count, size));
  }
  [[gnu::always_inline]] void reads_wide_text(const wchar_t* text, std::size_t characters) noexcept {
    look(text, product(characters, sizeof *text));
  }
  [[gnu::always_inline]] void reads_wide(const wchar_t* text,
                                         std::size_t /*most*/ = core::kUnbounded) noexcept {
    leave(text);
  }
  [[gnu::always_inline]] void reads_wide_until(const wchar_t* text, const wchar_t* /*found*/) noexcept {
    leave(text);
  }
  [[gnu::always_inline]] void searches_wide(const wchar_t* in, wchar_t /*wanted*/,
                                            std::size_t characters) noexcept {
    look(in, product(characters, sizeof *in));
  }
  [[gnu::always_inline]] void copies_wide(wchar_t* to, const wchar_t* from) noexcept { leave(to, from); }
  [[gnu::always_inline]] void copies_wide_field(wchar_t* to, const wchar_t* from,
                                                std::size_t characters) noexcept {
    leave(from);
    look(to, product(characters, sizeof *to));
    if (LibraryCall::overlap(to, from, product(characters, sizeof *to))) [[unlikely]]
      little_ = true;
  }
  [[gnu::always_inline]] void appends_wide(wchar_t* to, const wchar_t* from, std::size_t /*most*/) noexcept {
    leave(to, from);
  }
  [[gnu::always_inline]] void compares_wide(const wchar_t* a, const wchar_t* b,
                                            std::size_t /*most*/ = core::kUnbounded) noexcept {
    leave(a, b);
  }
  [[gnu::always_inline]] void reads_number(const char* text) noexcept { leave(text); }
  // Formats and lines take longer in any case.
  template <typename... Argument>
  [[gnu::always_inline]] void formats(const Argument&... /*argument*/) noexcept {
    little_ = true;
  }
  template <typename... Argument>
  [[gnu::always_inline]] void formats_to(const Argument&... /*argument*/) noexcept {
    little_ = true;
  }
  template <typename... Argument>
  [[gnu::always_inline]] friend void check_gathered(Glance& glance,
                                                    const Argument&... /*argument*/) noexcept {
    glance.little_ = true;
  }
  [[gnu::always_inline]] void changes_formats() noexcept { little_ = true; }
  [[gnu::always_inline]] void uses_line(char* const* /*line*/, const std::size_t* /*size*/) noexcept {
    little_ = true;
  }
  [[gnu::always_inline]] static std::size_t product(std::size_t count, std::size_t size) noexcept {
    return LibraryCall::product(count, size);
  }

 private:
  [[gnu::always_inline]] void look(const void* pointer, std::size_t size) noexcept {
    const std::uintptr_t address = address_of(pointer);
    if (known_headers.show(address, size)) [[likely]]
      return;
    const SlotMark mark = segment_table.mark_of(address);
    if (mark == kNoOwner) [[likely]]
      return;
    if (mark == kGuardedMark && known_slots.show(address, size)) return;
    if constexpr (sight == Sight::kNear) {
      if (!settings.options.intercept || lies_in_live_block(address, mark, size)) return;
    }
    little_ = true;
  }
  [[gnu::always_inline]] static bool lies_in_live_block(std::uintptr_t address, SlotMark mark,
                                                        std::size_t size) noexcept {
    if (!is_common(mark)) return lies_elsewhere(address, mark, size);
    if (pool_marks.in_use()) [[unlikely]]
      return false;
    const core::BlockHeader* const header = core::header_near(*region_of_common(address, mark), address);
    if (header == nullptr || !core::lies_behind(header, address, size)) return false;
    known_headers.note(header, address);
    return true;
  }
  // Whatever lies in the heap.
  template <typename... Pointer>
  [[gnu::always_inline]] void leave(Pointer*... pointer) noexcept {
    if (((segment_table.mark_of(address_of(pointer)) != kNoOwner) || ...) && settings.options.intercept)
      little_ = true;
  }

  bool little_ = false;
};

}  // namespace padlock::runtime
