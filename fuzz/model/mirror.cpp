// Comparing regions with their copy. Not instrumented, and without functions of libc: the contents of live
// blocks are hidden from both.
#include "model/mirror.h"

#include <algorithm>
#include <cstring>

namespace padlock::fuzz {
namespace {

using core::BlockSnapshot;

// One stage at a time; a copy need not begin as anything.
std::array<std::array<std::byte, Stage::kMaxRegionBytes>, Stage::kMaxRegions> copies;

// Most memory is as it was: so many bytes are compared at a time, as wide as the processor can.
constexpr std::size_t kStride = 1024;

__attribute__((always_inline)) inline bool same(const std::byte* copy, const std::byte* memory,
                                                std::size_t bytes) noexcept {
  const auto* a = reinterpret_cast<const std::uint64_t*>(copy);
  const auto* b = reinterpret_cast<const std::uint64_t*>(memory);
  std::uint64_t difference = 0;
  for (std::size_t i = 0; i < bytes / sizeof *a; ++i) difference |= a[i] ^ b[i];
  return difference == 0;
}

__attribute__((target("avx2"))) std::size_t same_strides_wide(const std::byte* copy, const std::byte* memory,
                                                              std::size_t bytes) noexcept {
  std::size_t at = 0;
  while (at + kStride <= bytes && same(copy + at, memory + at, kStride)) at += kStride;
  return at;
}

std::size_t same_strides_narrow(const std::byte* copy, const std::byte* memory, std::size_t bytes) noexcept {
  std::size_t at = 0;
  while (at + kStride <= bytes && same(copy + at, memory + at, kStride)) at += kStride;
  return at;
}

// How many bytes are the same from the first one on, in whole strides.
std::size_t same_strides(const std::byte* copy, const std::byte* memory, std::size_t bytes) noexcept {
  static const bool wide = __builtin_cpu_supports("avx2") != 0;
  return wide ? same_strides_wide(copy, memory, bytes) : same_strides_narrow(copy, memory, bytes);
}

// Takes over `bytes`, a multiple of eight. Whether they were others.
bool take_over(std::byte* copy, const std::byte* memory, std::size_t bytes) noexcept {
  if (same(copy, memory, bytes)) return false;
  auto* to = reinterpret_cast<std::uint64_t*>(copy);
  const auto* from = reinterpret_cast<const std::uint64_t*>(memory);
  for (std::size_t i = 0; i < bytes / sizeof *to; ++i) __atomic_store_n(&to[i], from[i], __ATOMIC_RELAXED);
  return true;
}

bool same_place(const BlockSnapshot& a, const BlockSnapshot& b) noexcept {
  return a.header == b.header && a.block_size == b.block_size && a.state == b.state && a.sealed == b.sealed;
}

}  // namespace

void Mirror::note(std::uintptr_t begin, std::uintptr_t end) noexcept {
  for (std::size_t i = 0; i < part_count_; ++i) {
    Part& part = parts_[i];
    const std::uintptr_t from = std::max(begin, part.begin);
    const std::uintptr_t to = std::min(end, part.begin + Stage::kMaxRegionBytes);
    for (std::uintptr_t at = from; at < to; at = part.begin + ((at - part.begin) / kPiece + 1) * kPiece)
      part.changed.set((at - part.begin) / kPiece);
  }
}

void Mirror::note_all() noexcept {
  for (std::size_t i = 0; i < part_count_; ++i) parts_[i].changed.set();
}

void Mirror::settle() noexcept {
  for (std::size_t i = 0; i < part_count_; ++i) parts_[i].changed.reset();
}

void Mirror::compare(Part& part, std::byte* copy, std::size_t used) noexcept {
  const auto* memory = reinterpret_cast<const std::byte*>(part.begin);
  const std::size_t known = std::min(part.known, used);
  for (std::size_t at = 0; at < used;) {
    if (at % kStride == 0 && at < known) at += same_strides(copy + at, memory + at, known - at);
    if (at >= used) break;
    const std::size_t bytes = std::min(kPiece, used - at);
    if (take_over(copy + at, memory + at, bytes) || at + bytes > known) part.changed.set(at / kPiece);
    at += bytes;
  }
  part.known = used;
}

void Mirror::update(const Stage& stage, const Layout& layout, const Layout& previous) {
  const auto& regions = stage.regions();
  while (part_count_ < regions.size()) {
    parts_[part_count_].begin = address_of(regions[part_count_].data());
    ++part_count_;
  }
  const auto& blocks = layout.blocks();
  other_.assign(blocks.size(), false);
  std::array<std::size_t, Stage::kMaxRegions> used{};
  auto before = previous.blocks().begin();
  std::size_t part = 0;
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    while (before != previous.blocks().end() && before->header < blocks[i].header) ++before;
    other_[i] = before == previous.blocks().end() || !same_place(*before, blocks[i]);
    while (part + 1 < part_count_ && blocks[i].header >= parts_[part + 1].begin) ++part;
    used[part] = std::max(used[part], std::min(end_of(blocks[i]) - parts_[part].begin, regions[part].size()));
  }
  for (std::size_t i = 0; i < part_count_; ++i) compare(parts_[i], copies[i].data(), used[i]);
}

bool Mirror::changed(std::uintptr_t begin, std::uintptr_t end) const noexcept {
  for (std::size_t i = 0; i < part_count_; ++i) {
    const Part& part = parts_[i];
    if (begin - part.begin >= Stage::kMaxRegionBytes) continue;
    const std::size_t last = (end - 1 - part.begin) / kPiece;
    for (std::size_t piece = (begin - part.begin) / kPiece; piece <= last; ++piece) {
      if (piece >= kPieces || part.changed.test(piece)) return true;
    }
    return false;
  }
  return true;
}

bool Mirror::changed(std::size_t index, const BlockSnapshot& block) const noexcept {
  return other_[index] || changed(block.header, end_of(block));
}

}  // namespace padlock::fuzz
