// Pages for calls that may write more than there is room for.
#include "runtime/interposed/detour.h"

#include <algorithm>
#include <cstring>

#include "os/errno_keeper.h"
#include "runtime/threads/lent_pages.h"

namespace padlock::runtime {
namespace {

// What the kernel transfers at once, at most. A longer bound is none.
constexpr std::size_t kMost = 0x7ffff000;
constexpr std::size_t kAlignment = 64;

// Pages, or null.
void* pages_of(std::size_t size) noexcept { return size <= kMost ? lend_pages(size) : nullptr; }

// What is too much goes where the program wanted it, as far as that can be written to. `room`: of the block.
void copy_back(void* to, const void* pages, std::size_t size, std::size_t room) noexcept {
  if (size > room && is_closed_beyond(to)) size = room;
  std::memcpy(to, pages, size);
}

bool is_needed_at(const IoVector& vector) noexcept { return Detour::is_needed(vector.base, vector.size); }

std::size_t room_for(const IoVector& vector) noexcept { return align_up(vector.size, kAlignment); }

}  // namespace

Written at_least_text(bool found, const char* text) noexcept {
  return at_least(found ? std::strlen(text) + 1 : 0);
}

Detour::Detour(void* to, std::size_t most) noexcept
    : to_(to), most_(most), room_(std::min(accessible_at(to), most)) {
  const os::ErrnoKeeper keeper;
  pages_ = pages_of(most);
  if (pages_ != nullptr) std::memcpy(pages_, to, room_);
}

void Detour::end(LibraryCall site, Written written) noexcept {
  const os::ErrnoKeeper keeper;
  written.size = std::min(written.size, most_);  // some results are more than was written
  site.writes(to_, written.size);
  if (pages_ == nullptr) return;
  copy_back(to_, pages_, written.exact ? written.size : std::max(written.size, room_), room_);
  give_back_pages(pages_, most_);
}

void check_gathered(LibraryCall site, const IoVector* vectors, std::size_t count) noexcept {
  if (count > kMostVectors) return;
  site.reads(vectors, count * sizeof *vectors);
  for (std::size_t i = 0; i < count; ++i) site.reads(vectors[i].base, vectors[i].size);
}

void check_gathered(LibraryCall site, const IoMessage* message) noexcept {
  site.reads(message, sizeof *message);
  site.reads(message->name, message->name_size);
  site.reads(message->control, message->control_size);
  check_gathered(site, message->vectors, message->count);
}

bool ScatteredDetour::is_needed(const IoVector* vectors, std::size_t count) noexcept {
  return count <= kMostVectors && std::any_of(vectors, vectors + count, is_needed_at);
}

ScatteredDetour::ScatteredDetour(IoVector* vectors, std::size_t count) noexcept
    : given_(vectors), count_(count) {
  const os::ErrnoKeeper keeper;
  size_ = align_up(count * sizeof *vectors, kAlignment);
  for (std::size_t i = 0; i < count; ++i) {
    if (!is_needed_at(vectors[i])) continue;
    if (vectors[i].size > kMost) return;
    size_ += room_for(vectors[i]);
  }
  own_ = static_cast<IoVector*>(pages_of(size_));
  if (own_ == nullptr) return;
  auto* next = reinterpret_cast<char*>(own_) + align_up(count * sizeof *vectors, kAlignment);
  for (std::size_t i = 0; i < count; ++i) {
    own_[i] = vectors[i];
    if (!is_needed_at(vectors[i])) continue;
    own_[i].base = next;
    next += room_for(vectors[i]);
  }
}

void ScatteredDetour::end(LibraryCall site, long result) noexcept {
  const os::ErrnoKeeper keeper;
  std::size_t left = result > 0 ? static_cast<std::size_t>(result) : 0;
  for (std::size_t i = 0; i < count_ && left != 0; ++i) {
    const std::size_t written = std::min(left, given_[i].size);
    left -= written;
    site.writes(given_[i].base, written);
    if (place()[i].base != given_[i].base)
      copy_back(given_[i].base, place()[i].base, written, accessible_at(given_[i].base));
  }
  if (own_ != nullptr) give_back_pages(own_, size_);
}

}  // namespace padlock::runtime
