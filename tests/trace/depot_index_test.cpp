// The depot's index: what was put in is found, whatever its lines are full of.
#include "trace/depot_index.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <cstring>
#include <utility>
#include <vector>

#include "base/random.h"
#include "os/memory.h"
#include "os/tables.h"

namespace padlock::trace {
namespace {

constexpr std::size_t kLine = 64;

// Levels of an index, each right before bytes that must stay as they are.
class Memory {
 public:
  explicit Memory(std::size_t ids) {
    levels().clear();
    index.init(ids, [](std::size_t bytes) -> void* {
      levels().emplace_back(bytes / kLine + 1);
      std::memset(levels().back().back().bytes, 0x5a, kLine);
      return levels().back().data();
    });
  }
  [[nodiscard]] static bool is_sound() {
    const std::vector<unsigned char> expected(kLine, 0x5a);
    for (const auto& level : levels()) {
      if (std::memcmp(&level.back(), expected.data(), kLine) != 0) return false;
    }
    return true;
  }

  DepotIndex index;

 private:
  struct alignas(kLine) Line {
    unsigned char bytes[kLine] = {};
  };
  static std::vector<std::vector<Line>>& levels() {
    static std::vector<std::vector<Line>> all;
    return all;
  }
};

// Puts in hashes base, base + 1, ... as long as there is room; returns how many.
std::size_t fill(DepotIndex& index, std::uint64_t base) {
  std::size_t count = 0;
  while (index.add(base + count, static_cast<TraceId>(count + 1)) != 0) ++count;
  return count;
}

TEST(DepotIndex, FindsWhatWasAdded) {
  for (const std::uint64_t hash : {std::uint64_t{0}, std::uint64_t{1} << 40, ~std::uint64_t{0}}) {
    Memory memory(1000);
    EXPECT_EQ(memory.index.find(hash), 0U);
    EXPECT_EQ(memory.index.add(hash, 7), 7U);
    EXPECT_EQ(memory.index.find(hash), 7U);
    EXPECT_EQ(memory.index.add(hash, 8), 7U);
  }
}

TEST(DepotIndex, LargestIdAndSmallestBesideEachOther) {
  Memory memory(1000);
  EXPECT_EQ(memory.index.add(5, DepotLine::kMostIds), DepotLine::kMostIds);
  EXPECT_EQ(memory.index.add(6, 1), 1U);
  EXPECT_EQ(memory.index.find(5), DepotLine::kMostIds);
  EXPECT_EQ(memory.index.find(6), 1U);
  EXPECT_EQ(memory.index.find(4), 0U);
  EXPECT_EQ(memory.index.find(7), 0U);
}

// One line a level, then those behind: 8 links each.
TEST(DepotIndex, HashesOfOneLineOverflowThroughAllLevels) {
  struct Case {
    std::size_t ids, lines;
  };
  for (const auto& [ids, lines] :
       {Case{1, 8}, Case{1000, 8}, Case{16'384, 8}, Case{32'768, 9}, Case{262'144, 10}, Case{1 << 22, 11}}) {
    for (const std::uint64_t base : {std::uint64_t{1}, ~std::uint64_t{0} - 1000}) {
      Memory memory(ids);
      const std::size_t count = fill(memory.index, base);
      EXPECT_EQ(count, 8 * lines) << ids;
      for (std::size_t i = 0; i < count; ++i) EXPECT_EQ(memory.index.find(base + i), i + 1);
      EXPECT_EQ(memory.index.find(base + count), 0U);
      EXPECT_TRUE(Memory::is_sound());
    }
  }
}

TEST(DepotIndex, TheSmallestDepotsHaveTwoLines) {
  for (const std::size_t ids : {0U, 1U, 4U, 8U, 11U}) EXPECT_EQ(DepotIndex::bytes_for(ids), (2 + 7) * kLine);
  EXPECT_EQ(DepotIndex::bytes_for(12), (4 + 7) * kLine);
}

DepotIndex* g_contended = nullptr;
void* g_too_late = nullptr;

// Another thread is faster: its memory becomes the level.
void* map_too_late(std::size_t bytes) {
  static bool others_turn = false;
  if (others_turn) return os::map_table(bytes);
  others_turn = true;
  EXPECT_EQ(g_contended->add(1, 1), 1U);
  others_turn = false;
  g_too_late = os::map_table(bytes);
  return g_too_late;
}

bool is_readable(const void* memory) {
  int ends[2];
  EXPECT_EQ(pipe(ends), 0);
  const bool readable = write(ends[1], memory, 1) == 1;
  for (const int end : ends) close(end);
  return readable;
}

TEST(DepotIndex, MemoryThatComesTooLateGoesBack) {
  DepotIndex index;
  g_contended = &index;
  index.init(1000, map_too_late);
  EXPECT_EQ(index.add(2, 2), 2U);
  EXPECT_EQ(index.find(1), 1U);
  EXPECT_EQ(index.find(2), 2U);
  ASSERT_NE(g_too_late, nullptr);
  EXPECT_FALSE(is_readable(g_too_late));
}

std::vector<std::size_t> g_asked_for;

TEST(DepotIndex, AsksForWholePagesAndNoMore) {
  const std::size_t page = os::page_size();
  for (const auto& [ids, expected] :
       {std::pair{std::size_t{1}, std::vector<std::size_t>{page}},
        std::pair{std::size_t{1000}, std::vector<std::size_t>{256 * kLine + page}},
        std::pair{std::size_t{32'768}, std::vector<std::size_t>{1024 * kLine, 8192 * kLine + page}}}) {
    g_asked_for.clear();
    DepotIndex index;
    index.init(ids, [](std::size_t bytes) {
      g_asked_for.push_back(bytes);
      return os::map_table(bytes);
    });
    fill(index, 1);
    EXPECT_EQ(g_asked_for, expected) << ids;
  }
}

TEST(DepotIndex, TakesTheLargestDepot) {
  EXPECT_EQ(DepotIndex::bytes_for(DepotLine::kMostIds),
            ((1U << 10) + (1U << 13) + (1U << 16) + (1U << 19) + (1U << 22) + 7) * kLine);
}

TEST(DepotIndex, LevelsComeAsTheyAreNeeded) {
  Memory memory(1 << 22);
  EXPECT_FALSE(memory.index.is_complete());
  EXPECT_EQ(memory.index.find(1), 0U);
  for (unsigned level = 0; level < 4; ++level) {
    EXPECT_FALSE(memory.index.is_complete());
    for (unsigned i = 0; i < 8; ++i)
      EXPECT_EQ(memory.index.add(8 * level + i + 1, 8 * level + i + 1), 8 * level + i + 1);
  }
  EXPECT_TRUE(memory.index.is_complete());
}

TEST(DepotIndex, EveryIdFindsRoom) {
  for (const std::size_t ids : {256U, 4096U, 32'768U, 262'144U}) {
    Memory memory(ids);
    Random random(ids);
    std::vector<std::uint64_t> hashes(ids);
    for (std::size_t i = 0; i < hashes.size(); ++i) {
      hashes[i] = random.next();
      ASSERT_EQ(memory.index.add(hashes[i], static_cast<TraceId>(i + 1)), i + 1) << ids;
    }
    for (std::size_t i = 0; i < hashes.size(); ++i) ASSERT_EQ(memory.index.find(hashes[i]), i + 1);
    EXPECT_TRUE(Memory::is_sound());
  }
}

}  // namespace
}  // namespace padlock::trace
