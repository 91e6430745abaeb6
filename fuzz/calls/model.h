// What is known of a few blocks side by side, and what a call of libc's must be reported for: the words of
// core/library_calls.def once more, written from what the functions do, for a model that has a list of
// blocks. It knows nothing of segments, headers and bitmaps; the bytes of strings are read where they lie.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "base/arith.h"
#include "core/fault.h"

namespace padlock::fuzz {

/// A fault as the callback gets it.
struct Reported {
  std::string kind;
  std::string call;
  std::uintptr_t address = 0;  // the first byte that is wrong
  std::uintptr_t block = 0;    // its user pointer
  bool is_certain = true;      // expected: it has to come; otherwise it may

  [[nodiscard]] bool is(const Reported& other) const {
    return kind == other.kind && call == other.call && address == other.address && block == other.block;
  }
};

struct ModelBlock {
  std::uintptr_t begin = 0;  // of all that belongs to it
  std::uintptr_t end = 0;
  std::uintptr_t user = 0;
  std::size_t size = 0;
  std::uint64_t number = 0;
  bool live = true;

  [[nodiscard]] std::uintptr_t end_of_data() const { return user + size; }
};

class CallModel {
 public:
  static constexpr std::size_t kUnbounded = SIZE_MAX;

  std::vector<ModelBlock> blocks;

  /// What the words below found, for a call of that name; empties the list.
  [[nodiscard]] std::vector<Reported> take(const char* call);

  /// The block that has the byte; null where none is known.
  [[nodiscard]] const ModelBlock* find(std::uintptr_t address) const;
  /// Bytes from there on that are the program's; unbounded outside of all blocks.
  [[nodiscard]] std::size_t room(const void* at) const;

  // Words
  void reads(const void* from, std::size_t size) { access(from, size, core::Access::kRead); }
  void writes(const void* to, std::size_t size) { access(to, size, core::Access::kWrite); }
  /// A product that overflows is no size.
  static std::size_t product(std::size_t count, std::size_t size);
  void copies(const void* to, const void* from, std::size_t size);
  void overlap(const void* to, const void* from, std::size_t size, bool is_certain = true);
  /// `size` bytes are looked at, one after the other.
  void text(const void* text, std::size_t size);
  void string(const char* text, std::size_t most = kUnbounded);
  void search(const void* in, int byte, std::size_t size);
  void search(const void* in, const void* part, std::size_t size, std::size_t length);
  void copies_string(const char* to, const char* from);
  void copies_field(const char* to, const char* from, std::size_t size);
  void appends(const char* to, const char* from, std::size_t most);
  void copies_cut(const char* to, const char* from, std::size_t size);
  void appends_cut(const char* to, const char* from, std::size_t size);
  void copies_until(const void* to, const void* from, int byte, std::size_t size);
  void compares(const char* a, const char* b, std::size_t most, bool ignores_case);
  void number(const char* text);
  void wide_text(const wchar_t* text, std::size_t characters);
  void wide_string(const wchar_t* text, std::size_t most = kUnbounded);
  void copies_wide(const wchar_t* to, const wchar_t* from);
  void appends_wide(const wchar_t* to, const wchar_t* from, std::size_t most);
  void copies_wide_field(const wchar_t* to, const wchar_t* from, std::size_t characters);
  void compares_wide(const wchar_t* a, const wchar_t* b, std::size_t most);

 private:
  void access(const void* at, std::size_t size, core::Access access);
  void add(core::FaultKind kind, std::uintptr_t address, const ModelBlock& block, bool is_certain = true);
  void in_header(std::uintptr_t address, const ModelBlock& block);

  std::vector<Reported> expected_;
};

}  // namespace padlock::fuzz
