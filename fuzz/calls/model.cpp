// The words, over a list of blocks.
#include "calls/model.h"

#include <algorithm>
#include <cctype>
#include <cstring>
#include <cwchar>
#include <utility>

namespace padlock::fuzz {
namespace {

using core::FaultKind;

std::size_t wide_length(const wchar_t* text, std::size_t most) {
  std::size_t length = 0;
  while (length < most && text[length] != L'\0') ++length;
  return length;
}

std::size_t bytes_of(std::size_t characters) { return CallModel::product(characters, sizeof(wchar_t)); }

}  // namespace

std::vector<Reported> CallModel::take(const char* call) {
  for (Reported& one : expected_) one.call = call;
  return std::exchange(expected_, {});
}

const ModelBlock* CallModel::find(std::uintptr_t address) const {
  for (const ModelBlock& block : blocks) {
    if (address >= block.begin && address < block.end) return &block;
  }
  return nullptr;
}

std::size_t CallModel::room(const void* at) const {
  const std::uintptr_t address = address_of(at);
  const ModelBlock* const block = find(address);
  if (block == nullptr) return kUnbounded;
  if (!block->live || address < block->user || address >= block->end_of_data()) return 0;
  return block->end_of_data() - address;
}

std::size_t CallModel::product(std::size_t count, std::size_t size) {
  return size != 0 && count > SIZE_MAX / size ? SIZE_MAX : count * size;
}

void CallModel::add(FaultKind kind, std::uintptr_t address, const ModelBlock& block, bool is_certain) {
  expected_.push_back({core::to_string(kind), "", address, block.user, is_certain});
}

// Between two blocks: the live one that is nearer.
void CallModel::in_header(std::uintptr_t address, const ModelBlock& block) {
  const ModelBlock* const before = find(block.begin - 1);
  const bool is_behind = before != nullptr && before->live;
  const bool is_nearer = is_behind && address - before->end_of_data() < block.user - address;
  if (block.live && !is_nearer) return add(FaultKind::kHeapBufferUnderflow, address, block);
  if (is_behind) add(FaultKind::kHeapBufferOverflow, address, *before);
}

void CallModel::access(const void* at, std::size_t size, core::Access access) {
  if (size == 0 || room(at) >= size) return;
  const std::uintptr_t address = address_of(at);
  const ModelBlock& block = *find(address);
  if (address < block.user) return in_header(address, block);
  if (block.live) return add(FaultKind::kHeapBufferOverflow, std::max(address, block.end_of_data()), block);
  add(access == core::Access::kWrite ? FaultKind::kUseAfterFreeWrite : FaultKind::kUseAfterFree, address,
      block);
}

void CallModel::overlap(const void* to, const void* from, std::size_t size, bool is_certain) {
  const ModelBlock* const block = find(address_of(to));
  if (block == nullptr || !block->live || address_of(to) < block->user || to == from || size == 0) return;
  const auto [low, high] = std::minmax({address_of(to), address_of(from)});
  if (high - low < size) add(FaultKind::kOverlappingCopy, address_of(from), *block, is_certain);
}

void CallModel::copies(const void* to, const void* from, std::size_t size) {
  reads(from, size);
  writes(to, size);
  overlap(to, from, size);
}

void CallModel::text(const void* text, std::size_t size) {
  const std::size_t inside = room(text);
  if (inside < size) reads(text, inside + 1);
}

void CallModel::string(const char* text, std::size_t most) {
  const std::size_t inside = room(text);
  if (inside >= most) return;
  if (std::memchr(text, 0, inside) == nullptr) reads(text, inside + 1);
}

void CallModel::search(const void* in, int byte, std::size_t size) {
  const std::size_t inside = std::min(room(in), size);
  if (inside < size && std::memchr(in, byte, inside) == nullptr) reads(in, size);
}

void CallModel::search(const void* in, const void* part, std::size_t size, std::size_t length) {
  const std::size_t inside = std::min(room(in), size);
  if (inside < size && memmem(in, inside, part, length) == nullptr) reads(in, size);
}

void CallModel::copies_string(const char* to, const char* from) {
  string(from);
  writes(to, std::strlen(from) + 1);
  overlap(to, from, std::strlen(from) + 1);
}

void CallModel::copies_field(const char* to, const char* from, std::size_t size) {
  string(from, size);
  writes(to, size);
  // What is read ends with the NUL.
  overlap(to, from, std::min(strnlen(from, size) + 1, size));
}

void CallModel::appends(const char* to, const char* from, std::size_t most) {
  string(from, most);
  string(to);
  const std::size_t before = std::strlen(to);
  if (before >= room(to)) return;
  const std::size_t length = strnlen(from, most);
  writes(to + before, length + 1);
  overlap(to + before, from, length < most ? length + 1 : length);
}

void CallModel::copies_cut(const char* to, const char* from, std::size_t size) {
  string(from);
  const std::size_t written = std::min(std::strlen(from) + 1, size);
  writes(to, written);
  overlap(to, from, written);
}

void CallModel::appends_cut(const char* to, const char* from, std::size_t size) {
  string(to, size);
  const std::size_t before = strnlen(to, size);
  if (before >= room(to)) return string(from);
  copies_cut(to + before, from, size - before);
}

void CallModel::copies_until(const void* to, const void* from, int byte, std::size_t size) {
  search(from, byte, size);
  const void* const found = std::memchr(from, byte, std::min(room(from), size));
  const std::size_t copied = found == nullptr ? size : address_of(found) - address_of(from) + 1;
  writes(to, copied);
  overlap(to, from, copied);
}

void CallModel::compares(const char* a, const char* b, std::size_t most, bool ignores_case) {
  const std::size_t inside = std::min(room(a), room(b));
  if (inside >= most) return;
  const auto folded = [&](char byte) {
    const auto plain = static_cast<unsigned char>(byte);
    return ignores_case ? std::tolower(plain) : int{plain};
  };
  for (std::size_t i = 0; i < inside; ++i) {
    if (folded(a[i]) != folded(b[i]) || a[i] == '\0') return;
  }
  reads(a, inside + 1);
  reads(b, inside + 1);
}

void CallModel::number(const char* text) {
  const char* at = text;
  const char* const end = text + std::min<std::size_t>(room(text), 1U << 20);
  while (at != end && std::isspace(static_cast<unsigned char>(*at)) != 0) ++at;
  if (at != end && (*at == '+' || *at == '-')) ++at;
  while (at != end && std::isdigit(static_cast<unsigned char>(*at)) != 0) ++at;
  if (at == end) reads(text, room(text) + 1);
}

void CallModel::wide_text(const wchar_t* text, std::size_t characters) {
  const std::size_t inside = room(text) / sizeof *text;
  if (inside < characters) reads(text, bytes_of(inside + 1));
}

void CallModel::wide_string(const wchar_t* text, std::size_t most) {
  const std::size_t inside = room(text) / sizeof *text;
  if (inside < most && wide_length(text, inside) == inside) reads(text, bytes_of(inside + 1));
}

void CallModel::copies_wide(const wchar_t* to, const wchar_t* from) {
  wide_string(from);
  const std::size_t size = bytes_of(std::wcslen(from) + 1);
  writes(to, size);
  overlap(to, from, size);
}

void CallModel::appends_wide(const wchar_t* to, const wchar_t* from, std::size_t most) {
  wide_string(from, most);
  wide_string(to);
  const std::size_t before = std::wcslen(to);
  if (before >= room(to) / sizeof *to) return;
  const std::size_t length = wide_length(from, most);
  writes(to + before, bytes_of(length + 1));
  overlap(to + before, from, bytes_of(length < most ? length + 1 : length));
}

void CallModel::copies_wide_field(const wchar_t* to, const wchar_t* from, std::size_t characters) {
  wide_string(from, characters);
  writes(to, bytes_of(characters));
  overlap(to, from, bytes_of(std::min(wide_length(from, characters) + 1, characters)));
}

void CallModel::compares_wide(const wchar_t* a, const wchar_t* b, std::size_t most) {
  const std::size_t inside = std::min(room(a), room(b)) / sizeof *a;
  if (inside >= most) return;
  for (std::size_t i = 0; i < inside; ++i) {
    if (a[i] != b[i] || a[i] == L'\0') return;
  }
  reads(a, bytes_of(inside + 1));
  reads(b, bytes_of(inside + 1));
}

}  // namespace padlock::fuzz
