// Tables: where they lie, what is around them, and what becomes of their addresses.
#include "os/tables.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <cstdint>
#include <thread>
#include <vector>

#include "os/memory.h"

namespace padlock::os {
namespace {

std::uintptr_t address_of(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

bool lies_between_closed_pages(const void* table, std::size_t size) {
  const std::uintptr_t begin = address_of(table);
  return is_readable(begin, size) && !is_readable(begin - 1, 1) && !is_readable(begin + size, 1) &&
         is_table(begin - 1) && is_table(begin) && is_table(begin + size - 1) && is_table(begin + size);
}

TEST(Tables, LieBetweenClosedPagesWhateverTheirSizes) {
  const std::size_t page = page_size();
  for (const std::size_t pages : {1U, 3U, 16U, 255U, 256U, 257U, 5000U}) {
    for (int i = 0; i < 8; ++i) {
      auto* const table = static_cast<unsigned char*>(map_table(pages * page));
      ASSERT_NE(table, nullptr);
      EXPECT_TRUE(lies_between_closed_pages(table, pages * page)) << pages;
      EXPECT_EQ(table[0] + table[pages * page - 1], 0);
      table[pages * page - 1] = 1;
    }
  }
}

#ifndef __SANITIZE_THREAD__
TEST(Tables, LieFarFromWhatTheProgramMaps) {
  constexpr std::uintptr_t kFar = std::uintptr_t{1} << 40;
  for (const std::size_t pages : {1U, 1000U, 20000U}) {
    const std::uintptr_t table = address_of(map_table(pages * page_size()));
    const std::uintptr_t other = address_of(map(pages * page_size(), Protection::kNone));
    ASSERT_NE(table, 0U);
    ASSERT_NE(other, 0U);
    EXPECT_GT(table < other ? other - table : table - other, kFar) << pages;
    EXPECT_TRUE(unmap(reinterpret_cast<void*>(other), pages * page_size()));
    unmap_table(reinterpret_cast<void*>(table), pages * page_size());
  }
}
#endif

TEST(Tables, AreRoundedUpToWholePages) {
  auto* const table = static_cast<unsigned char*>(map_table(page_size() + 1));
  ASSERT_NE(table, nullptr);
  EXPECT_TRUE(lies_between_closed_pages(table, 2 * page_size()));
}

TEST(Tables, ImpossibleSizesGiveNullAndKeepErrno) {
  errno = 77;
  EXPECT_EQ(map_table(0), nullptr);
  EXPECT_EQ(map_table(std::size_t{1} << 46), nullptr);
  EXPECT_EQ(map_table(~std::size_t{0}), nullptr);
  EXPECT_EQ(errno, 77);
}

TEST(Tables, NothingElseIsOne) {
  int local = 0;
  EXPECT_FALSE(is_table(address_of(&local)));
  EXPECT_FALSE(is_table(0));
  void* const other = map(page_size(), Protection::kReadWrite);
  EXPECT_FALSE(is_table(address_of(other)));
  unmap(other, page_size());
}

TEST(Tables, TheLatestMakesRoomForTheNext) {
  auto* const first = static_cast<unsigned char*>(map_table(page_size()));
  ASSERT_NE(first, nullptr);
  first[5] = 5;
  unmap_table(first, page_size());
  EXPECT_FALSE(is_readable(address_of(first), 1));
  auto* const second = static_cast<unsigned char*>(map_table(page_size()));
  EXPECT_EQ(second, first);
  EXPECT_EQ(second[5], 0);
  EXPECT_TRUE(lies_between_closed_pages(second, page_size()));
}

TEST(Tables, AnOlderOneStaysClosed) {
  void* const first = map_table(page_size());
  void* const second = map_table(page_size());
  unmap_table(first, page_size());
  EXPECT_FALSE(is_readable(address_of(first), 1));
  EXPECT_TRUE(is_table(address_of(first)));
  EXPECT_TRUE(lies_between_closed_pages(second, page_size()));
}

TEST(Tables, TheReserveCanBeGivenBack) {
  void* const before = map_table(page_size());
  unmap_table_reserve();
  EXPECT_TRUE(lies_between_closed_pages(before, page_size()));
  EXPECT_FALSE(is_table(address_of(before) + 2 * page_size()));
  EXPECT_FALSE(is_mapped(address_of(before) + 2 * page_size()));
  unmap_table_reserve();
  void* const after = map_table(page_size());
  EXPECT_TRUE(lies_between_closed_pages(after, page_size()));
}

TEST(Tables, OfManyThreadsAreDistinct) {
  constexpr std::size_t kThreads = 8;
  constexpr std::size_t kEach = 64;
  std::vector<std::vector<unsigned char*>> tables(kThreads);
  std::vector<std::thread> threads;
  for (std::size_t t = 0; t < kThreads; ++t) {
    threads.emplace_back([&mine = tables[t], t] {
      for (std::size_t i = 0; i < kEach; ++i) {
        auto* const table = static_cast<unsigned char*>(map_table((i % 40 + 1) * page_size()));
        ASSERT_NE(table, nullptr);
        EXPECT_EQ(table[0], 0);
        table[0] = static_cast<unsigned char>(t + 1);
        mine.push_back(table);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (std::size_t t = 0; t < kThreads; ++t) {
    for (std::size_t i = 0; i < kEach; ++i) {
      EXPECT_EQ(tables[t][i][0], t + 1);
      EXPECT_TRUE(lies_between_closed_pages(tables[t][i], (i % 40 + 1) * page_size()));
    }
  }
}

}  // namespace
}  // namespace padlock::os
