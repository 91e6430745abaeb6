// Blocks with pointers in them, made from the input: the marks are those of a model that follows every word
// of every block, and find() agrees with a search of all.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <new>
#include <vector>

#include "base/range.h"
#include "model/require.h"
#include "runtime/leaks/live_blocks.h"
#include "runtime/leaks/mark.h"
#include "support/operations.h"
#include "support/same_place.h"

namespace {

using padlock::AddressRange;
using padlock::fuzz::Operations;
using padlock::fuzz::require;
using padlock::runtime::LiveBlock;
using padlock::runtime::LiveBlocks;
using padlock::runtime::Marker;
using padlock::runtime::Reach;
using padlock::runtime::ReadableMemory;

constexpr std::size_t kWords = 4096;
using Words = std::array<std::uintptr_t, kWords>;

// Half of it on either side of a place where LiveBlocks begins another table.
Words& memory() {
  static Words& words = []() -> Words& {
    constexpr std::size_t kTable = 0x1000000;
    void* const all = padlock::fuzz::reserve_at_same_place(2 * kTable);
    auto* const begin = static_cast<std::byte*>(all) + kTable - sizeof(Words) / 2;
    require(all != MAP_FAILED && mprotect(begin, sizeof(Words), PROT_READ | PROT_WRITE) == 0,
            "the harness gets its memory");
    return *new (begin) Words;
  }();
  return words;
}

std::uintptr_t at(std::size_t word) { return reinterpret_cast<std::uintptr_t>(&memory()[word % kWords]); }

class AllButOneRange final : public ReadableMemory {
 public:
  AddressRange closed;
  [[nodiscard]] AddressRange first_readable(AddressRange range) const noexcept override {
    if (range.begin >= range.end) return {};
    if (closed.size() == 0) return range;
    if (closed.contains(range.begin)) range.begin = closed.end;
    if (range.begin < closed.begin) range.end = std::min(range.end, closed.begin);
    return range.begin < range.end ? range : AddressRange{};
  }
};

class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : at_(data), end_(data + size) {}
  [[nodiscard]] bool empty() const { return at_ == end_; }
  std::size_t next() { return at_ == end_ ? 0 : *at_++; }
  std::size_t two() { return next() << 8 | next(); }

 private:
  const std::uint8_t* at_;
  const std::uint8_t* end_;
};

bool is_empty_array(const LiveBlock& block) {
  return block.size == 8 && *reinterpret_cast<const std::uintptr_t*>(block.begin) == 0;
}

std::uint32_t search(const std::vector<LiveBlock>& blocks, std::uintptr_t address) {
  for (std::uint32_t i = 0; i < blocks.size(); ++i) {
    const std::uintptr_t offset = address - blocks[i].begin;
    if (offset < blocks[i].size || offset == 0 || (offset == 8 && is_empty_array(blocks[i]))) return i;
  }
  return LiveBlocks::kNone;
}

template <typename Visit>
void for_each_found(const std::vector<LiveBlock>& blocks, const AllButOneRange& readable, AddressRange range,
                    Visit visit) {
  for (std::uintptr_t word = (range.begin + 7) / 8 * 8; word + 8 <= range.end; word += 8) {
    if (readable.closed.contains(word)) continue;
    const std::uint32_t found = search(blocks, *reinterpret_cast<const std::uintptr_t*>(word));
    if (found != LiveBlocks::kNone) visit(found);
  }
}

std::vector<Reach> model(const std::vector<LiveBlock>& blocks, const AllButOneRange& readable,
                         AddressRange roots) {
  std::vector<Reach> reach(blocks.size(), Reach::kNothing);
  std::vector<std::uint32_t> open;
  const auto add = [&](std::uint32_t found) { open.push_back(found); };
  const auto contents = [](const LiveBlock& block) {
    return AddressRange{block.begin, block.begin + block.size};
  };
  for_each_found(blocks, readable, roots, add);
  for (std::uint32_t i = 0; i < blocks.size(); ++i) {
    if (blocks[i].is_root) add(i);
  }
  while (!open.empty()) {
    const std::uint32_t next = open.back();
    open.pop_back();
    if (reach[next] == Reach::kRoot) continue;
    reach[next] = Reach::kRoot;
    for_each_found(blocks, readable, contents(blocks[next]), add);
  }
  for (std::uint32_t i = 0; i < blocks.size(); ++i) {
    if (reach[i] == Reach::kRoot) continue;
    for_each_found(blocks, readable, contents(blocks[i]), [&](std::uint32_t found) {
      if (found != i && reach[found] == Reach::kNothing) reach[found] = Reach::kLeaked;
    });
  }
  return reach;
}

std::vector<LiveBlock> make_blocks(Bytes& input) {
  std::vector<LiveBlock> blocks;
  std::size_t word = 16;
  for (std::size_t count = input.next() % 64; count > 0; --count) {
    const std::size_t form = input.next();
    // Those that may hold a closed page are longer than the others.
    const std::size_t size = form % 16 == 0 ? 4096 + input.two() % 4096 : input.next() % 120;
    const std::size_t words = (size + 7) / 8 + 2;
    if (word + words >= kWords) break;
    blocks.push_back({.begin = at(word), .size = size, .is_root = form >= 240});
    word += words + form / 16 % 4;
  }
  return blocks;
}

void make_pointers(Bytes& input, const std::vector<LiveBlock>& blocks) {
  while (!input.empty() && !blocks.empty()) {
    const std::size_t from = input.next();
    const LiveBlock& to = blocks[input.next() % blocks.size()];
    const std::uintptr_t value = to.begin + input.next() % (to.size + 16);
    if (from < 16) {
      memory()[from] = value;
    } else if (const LiveBlock& holder = blocks[from % blocks.size()]; holder.size >= 8) {
      *reinterpret_cast<std::uintptr_t*>(holder.begin + input.two() % (holder.size / 8) * 8) = value;
    }
  }
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  memory().fill(0);
  Bytes input(data, size);
  const std::vector<LiveBlock> blocks = make_blocks(input);
  AllButOneRange readable;
  // Only a long block holds a page that is closed.
  const std::size_t chosen = input.next();
  if (!blocks.empty()) {
    const LiveBlock& block = blocks[chosen % blocks.size()];
    if (block.size >= 4096) readable.closed = {block.begin + 512, block.begin + 2048};
  }
  make_pointers(input, blocks);

  LiveBlocks live;
  for (std::size_t i = blocks.size(); i > 0; --i) require(live.add(blocks[i - 1]), "there is memory");
  require(live.seal(), "there is memory");
  for (std::size_t word = 0; word < kWords; word += 3) {
    Operations::add();
    require(live.find(at(word) + word % 8) == search(blocks, at(word) + word % 8), "a block is found",
            {{"word", word}});
  }
  Marker marker(live, readable);
  require(marker.prepare(), "there is memory");
  const AddressRange roots{at(0), at(16)};
  marker.mark_from(roots);
  for (std::uint32_t i = 0; i < live.size(); ++i) {
    if (live[i].is_root) marker.mark_block(i);
  }
  marker.mark_leaked();
  Operations::add(live.size());
  const std::vector<Reach> wanted = model(blocks, readable, roots);
  for (std::uint32_t i = 0; i < live.size(); ++i)
    require(live[i].reach == wanted[i], "a block is marked as in the model", {{"block", i}});
  return 0;
}
