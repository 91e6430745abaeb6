// Marking, over memory that is made up, against a model that follows every word of every block.
#include "runtime/leaks/mark.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <memory>
#include <random>
#include <vector>

namespace padlock::runtime {
namespace {

// Blocks in one array, with some pages in it that must not be touched.
class MadeUpMemory final : public ReadableMemory {
 public:
  explicit MadeUpMemory(std::size_t words) : words_(words) {}

  void close(std::uintptr_t begin, std::uintptr_t end) { closed_ = {begin, end}; }
  [[nodiscard]] std::uintptr_t at(std::size_t word) const {
    return reinterpret_cast<std::uintptr_t>(&words_[word]);
  }
  std::uintptr_t& operator[](std::size_t word) { return words_[word]; }
  [[nodiscard]] bool is_closed(std::uintptr_t address) const {
    return closed_.size() != 0 && closed_.contains(address);
  }

  [[nodiscard]] AddressRange first_readable(AddressRange range) const noexcept override {
    if (range.begin >= range.end) return {};
    if (is_closed(range.begin)) range.begin = closed_.end;
    if (range.begin >= range.end) return {};
    if (closed_.size() != 0 && range.begin < closed_.begin) range.end = std::min(range.end, closed_.begin);
    return range;
  }

 private:
  std::vector<std::uintptr_t> words_;
  AddressRange closed_;
};

std::vector<std::size_t> pointed_to(const std::vector<LiveBlock>& blocks, const MadeUpMemory& memory,
                                    AddressRange range) {
  std::vector<std::size_t> found;
  for (std::uintptr_t at = (range.begin + 7) / 8 * 8; at + 8 <= range.end; at += 8) {
    if (memory.is_closed(at)) continue;
    const std::uintptr_t value = *reinterpret_cast<const std::uintptr_t*>(at);
    for (std::size_t i = 0; i < blocks.size(); ++i) {
      if (value - blocks[i].begin < blocks[i].size || value == blocks[i].begin) found.push_back(i);
    }
  }
  return found;
}

std::vector<Reach> model(const std::vector<LiveBlock>& blocks, const MadeUpMemory& memory,
                         AddressRange roots) {
  std::vector<Reach> reach(blocks.size(), Reach::kNothing);
  const auto contents = [&](std::size_t i) {
    return AddressRange{blocks[i].begin, blocks[i].begin + blocks[i].size};
  };
  std::vector<std::size_t> open = pointed_to(blocks, memory, roots);
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (blocks[i].is_root) open.push_back(i);
  }
  while (!open.empty()) {
    const std::size_t next = open.back();
    open.pop_back();
    if (reach[next] == Reach::kRoot) continue;
    reach[next] = Reach::kRoot;
    for (const std::size_t found : pointed_to(blocks, memory, contents(next))) open.push_back(found);
  }
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    if (reach[i] == Reach::kRoot) continue;
    for (const std::size_t found : pointed_to(blocks, memory, contents(i))) {
      if (found != i && reach[found] == Reach::kNothing) reach[found] = Reach::kLeaked;
    }
  }
  return reach;
}

class MarkTest : public testing::Test {
 protected:
  // Seals the blocks, marks, and compares with the model.
  void expect_as_in_model(AddressRange roots) {
    LiveBlocks live;
    for (const LiveBlock& block : blocks_) ASSERT_TRUE(live.add(block));
    ASSERT_TRUE(live.seal());
    Marker marker(live, memory_);
    ASSERT_TRUE(marker.prepare());
    marker.mark_from(roots);
    for (std::uint32_t i = 0; i < live.size(); ++i) {
      if (live[i].is_root) marker.mark_block(i);
    }
    marker.mark_leaked();
    const std::vector<Reach> wanted = model(blocks_, memory_, roots);
    for (std::uint32_t i = 0; i < live.size(); ++i) {
      reach_.push_back(live[i].reach);
      ASSERT_EQ(live[i].reach, wanted[i]) << "block " << i;
    }
  }
  void add(std::size_t word, std::uint64_t size) {
    blocks_.push_back({.begin = memory_.at(word), .size = size});
  }

  MadeUpMemory memory_{20000};
  std::vector<LiveBlock> blocks_;
  std::vector<Reach> reach_;
};

TEST_F(MarkTest, NothingIsReachedWithoutRoots) {
  add(100, 16);
  add(200, 16);
  memory_[200] = memory_.at(100);
  expect_as_in_model({});
  EXPECT_EQ(reach_, (std::vector<Reach>{Reach::kLeaked, Reach::kNothing}));
}

TEST_F(MarkTest, ABlockThatPointsToItselfIsNotPointedTo) {
  add(100, 16);
  memory_[100] = memory_.at(101);
  expect_as_in_model({});
  EXPECT_EQ(reach_, std::vector<Reach>{Reach::kNothing});
}

TEST_F(MarkTest, ALongChainIsFollowedToItsEnd) {
  for (std::size_t i = 0; i < 5000; ++i) add(100 + 3 * i, 16);
  for (std::size_t i = 0; i + 1 < 5000; ++i) memory_[100 + 3 * i + 1] = memory_.at(100 + 3 * (i + 1)) + 5;
  memory_[0] = memory_.at(100);
  LiveBlocks live;
  for (const LiveBlock& block : blocks_) ASSERT_TRUE(live.add(block));
  ASSERT_TRUE(live.seal());
  Marker marker(live, memory_);
  ASSERT_TRUE(marker.prepare());
  marker.mark_from({memory_.at(0), memory_.at(1)});
  EXPECT_TRUE(
      std::ranges::all_of(live.all(), [](const LiveBlock& block) { return block.reach == Reach::kRoot; }));
}

TEST_F(MarkTest, WhatStandsBehindTheSizeIsNoPointer) {
  add(100, 12);  // its second word is not whole
  add(200, 16);
  memory_[101] = memory_.at(200);
  memory_[0] = memory_.at(100);
  expect_as_in_model({memory_.at(0), memory_.at(1)});
  EXPECT_EQ(reach_, (std::vector<Reach>{Reach::kRoot, Reach::kNothing}));
}

TEST_F(MarkTest, RootsBeginAndEndAtWholeWords) {
  add(100, 16);
  memory_[1] = memory_.at(100);
  expect_as_in_model({memory_.at(1) + 1, memory_.at(2)});
  EXPECT_EQ(reach_, std::vector<Reach>{Reach::kNothing});
}

TEST_F(MarkTest, PagesThatCannotBeReadAreLeftOut) {
  add(100, 8000);
  add(2000, 16);
  add(2010, 16);
  memory_[150] = memory_.at(2000);
  memory_[1000] = memory_.at(2010);
  memory_[0] = memory_.at(100);
  memory_.close(memory_.at(120), memory_.at(400));
  expect_as_in_model({memory_.at(0), memory_.at(1)});
  EXPECT_EQ(reach_, (std::vector<Reach>{Reach::kRoot, Reach::kNothing, Reach::kRoot}));
}

TEST(Mark, AgreesWithAModelThatFollowsEveryWord) {
  std::mt19937_64 random(815);
  for (int round = 0; round < 150; ++round) {
    MadeUpMemory memory(20000);
    std::vector<LiveBlock> blocks;
    std::size_t word = 100;
    const std::size_t count = 5 + random() % 120;
    for (std::size_t i = 0; i < count && word < 18000; ++i) {
      const std::uint64_t size = random() % 15 == 0 ? 4000 + random() % 6000 : random() % 100;
      blocks.push_back({.begin = memory.at(word), .size = size, .is_root = random() % 20 == 0});
      word += (size + 7) / 8 + 2 + random() % 3;
    }
    const std::size_t pointers = random() % (2 * count + 1);
    for (std::size_t i = 0; i < pointers; ++i) {
      const LiveBlock& from = blocks[random() % blocks.size()];
      const LiveBlock& to = blocks[random() % blocks.size()];
      if (from.size < 8) continue;
      const std::uintptr_t place = from.begin + random() % (from.size / 8) * 8;
      *reinterpret_cast<std::uintptr_t*>(place) = to.begin + random() % (to.size + 12);
    }
    for (std::size_t i = 0; i < random() % 4; ++i) {
      const LiveBlock& to = blocks[random() % blocks.size()];
      memory[random() % 50] = to.begin + random() % (to.size + 1);
    }
    if (random() % 2 == 0) {
      const std::size_t from = random() % 15000;
      memory.close(memory.at(from), memory.at(from + random() % 3000));
    }
    // Shorter blocks hold no page that could be closed.
    std::erase_if(blocks, [&](const LiveBlock& block) {
      const AddressRange range{block.begin, block.begin + block.size};
      return block.size < 4096 && (memory.is_closed(range.begin) || memory.is_closed(range.end));
    });
    LiveBlocks live;
    for (const LiveBlock& block : blocks) ASSERT_TRUE(live.add(block));
    ASSERT_TRUE(live.seal());
    Marker marker(live, memory);
    ASSERT_TRUE(marker.prepare());
    const AddressRange roots{memory.at(0), memory.at(60)};
    marker.mark_from(roots);
    for (std::uint32_t i = 0; i < live.size(); ++i) {
      if (live[i].is_root) marker.mark_block(i);
    }
    marker.mark_leaked();
    const std::vector<Reach> wanted = model(blocks, memory, roots);
    for (std::uint32_t i = 0; i < live.size(); ++i)
      ASSERT_EQ(live[i].reach, wanted[i]) << "round " << round << " block " << i;
  }
}

}  // namespace
}  // namespace padlock::runtime
