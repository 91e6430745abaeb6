// Room for what glibc writes beyond its due. Behind a word that wide scanf stores as narrow text ("%s", "%[")
// it writes two NULs where C asks for one: it converts L'\0' to leave no shift state behind, which gives one,
// and then adds its own. No version of glibc is known to do otherwise. So a block that such a word fills
// exactly is overrun by glibc and not by the program. Where that may be, the call writes to a copy of the
// block with room behind it, and what it changed is copied back, but for that NUL.
//
// Not here: formats that are not certain as a whole (scanf_arguments.h), more arguments or blocks than there
// are places for, words without any bound from a stream into more than 64 KiB, and calls for which there are
// no pages to be had. These write where the program said.
#pragma once

#include <array>
#include <cstdarg>
#include <cstddef>

#include "runtime/interposed/library_call.h"

namespace padlock::runtime {

/// Async-signal-safe; keeps errno.
class ScanRoom {
 public:
  /// Narrow formats need none.
  ScanRoom(const char* /*format*/, va_list /*list*/, const wchar_t* /*input*/) noexcept {}
  /// `input`: the text that is read; null for a stream. Of the list a copy is used.
  ScanRoom(const wchar_t* format, va_list list, const wchar_t* input) noexcept;
  ScanRoom(const ScanRoom&) = delete;
  ScanRoom& operator=(const ScanRoom&) = delete;

  /// Whether the call is to be given another list: the one that redirect() makes of `list`.
  [[nodiscard]] bool is_needed() const noexcept { return pages_ != nullptr; }
  void redirect(va_list list) noexcept;

  /// Where the call wrote what is meant for `pointer`.
  [[nodiscard]] const void* written_for(const void* pointer) const noexcept;
  /// `size` bytes at `pointer`, more than there is room for, were reported.
  void note_overrun(const void* pointer, std::size_t size) noexcept;
  /// After the call, when its conversions have been looked at.
  void end(LibraryCall site) noexcept {
    if (is_needed()) copy_back(site);
  }

 private:
  static constexpr std::size_t kMostArguments = 32;
  static constexpr std::size_t kMostBlocks = 8;

  // From the first argument in a block to its end.
  struct Block {
    std::byte* begin = nullptr;
    std::byte* end = nullptr;
    std::size_t beyond = 0;        // bytes behind `end` that the call may write
    std::size_t overrun = 0;       // those that were reported
    std::byte* before = nullptr;   // in the pages: what it was
    std::byte* written = nullptr;  // in the pages: what the call writes to, with `beyond`

    [[nodiscard]] std::size_t size() const noexcept { return static_cast<std::size_t>(end - begin); }
    [[nodiscard]] bool holds(const void* pointer) const noexcept;
  };

  [[nodiscard]] bool find_blocks(const wchar_t* format, va_list list, const wchar_t* input) noexcept;
  [[nodiscard]] bool add_block(std::byte* begin, std::byte* end, std::size_t beyond) noexcept;
  void reach_down(const wchar_t* format, va_list list) noexcept;
  [[nodiscard]] bool take_arguments(const wchar_t* format, va_list list) noexcept;
  void copy_blocks() noexcept;
  [[nodiscard]] const Block* block_of(const void* pointer) const noexcept;
  void copy_back(LibraryCall site) noexcept;
  static void copy_back(LibraryCall site, const Block& block) noexcept;

  std::array<void*, kMostArguments> arguments_;
  std::size_t argument_count_ = 0;
  std::array<Block, kMostBlocks> blocks_;
  std::size_t block_count_ = 0;
  std::size_t size_ = 0;  // of the pages
  void* pages_ = nullptr;
};

}  // namespace padlock::runtime
