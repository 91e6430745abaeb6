// A flood with a stack of its own: each block is looked into once.
#include "runtime/leaks/mark.h"

#include "base/arith.h"

namespace padlock::runtime {
namespace {

constexpr std::size_t kWord = sizeof(std::uintptr_t);

// A shorter block cannot hold a page that the program has made inaccessible.
constexpr std::size_t kMayHoldPage = 4096;

// Memory of anybody's, with any type.
__attribute__((no_sanitize("address", "thread", "undefined"))) inline std::uintptr_t word_at(
    std::uintptr_t address) noexcept {
  using Word [[gnu::may_alias]] = std::uintptr_t;
  return *reinterpret_cast<const volatile Word*>(address);
}

}  // namespace

template <typename Visit>
void Marker::for_each_pointer(AddressRange range, Visit visit) noexcept {
  for (std::uintptr_t at = align_up(range.begin, kWord); at + kWord <= range.end; at += kWord) {
    if (const std::uint32_t found = blocks_.find(word_at(at)); found != LiveBlocks::kNone) visit(found);
  }
}

template <typename Visit>
void Marker::for_each_pointer_checked(AddressRange range, Visit visit) noexcept {
  for (AddressRange part = memory_.first_readable(range); part.size() != 0;
       part = memory_.first_readable(range)) {
    for_each_pointer(part, visit);
    range.begin = part.end;
  }
}

template <typename Visit>
void Marker::for_each_pointer_in(AddressRange contents, Visit visit) noexcept {
  if (contents.size() < kMayHoldPage) {
    for_each_pointer(contents, visit);
  } else {
    for_each_pointer_checked(contents, visit);
  }
}

template <typename Visit>
void Marker::look_into(const LiveBlock& block, Visit visit) noexcept {
  AddressRange contents = {block.begin, block.begin + block.size};
  if (!block.has_poison) return for_each_pointer_in(contents, visit);
  for (AddressRange part = memory_.first_unpoisoned(contents); part.size() != 0;
       part = memory_.first_unpoisoned(contents)) {
    for_each_pointer_in(part, visit);
    contents.begin = part.end;
  }
}

void Marker::reach(std::uint32_t index) noexcept {
  LiveBlock& block = blocks_[index];
  if (block.reach == Reach::kRoot) return;
  block.reach = Reach::kRoot;
  open_.add(index);  // there is room for all
}

void Marker::follow() noexcept {
  while (!open_.empty()) look_into(blocks_[open_.take_last()], [this](std::uint32_t found) { reach(found); });
}

void Marker::mark_from(AddressRange roots) noexcept {
  for_each_pointer_checked(roots, [this](std::uint32_t found) { reach(found); });
  follow();
}

void Marker::mark_block(std::uint32_t index) noexcept {
  reach(index);
  follow();
}

void Marker::mark_leaked() noexcept {
  for (std::uint32_t index = 0; index < blocks_.size(); ++index) {
    if (blocks_[index].reach == Reach::kRoot) continue;
    look_into(blocks_[index], [&](std::uint32_t found) {
      LiveBlock& block = blocks_[found];
      if (found != index && block.reach == Reach::kNothing) block.reach = Reach::kLeaked;
    });
  }
}

}  // namespace padlock::runtime
