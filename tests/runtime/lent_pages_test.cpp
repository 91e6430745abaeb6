// Pages for the time of one call: as many bytes as were asked for, and none that is left behind.
#include "runtime/threads/lent_pages.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <vector>

#include "kernel.h"

namespace padlock::runtime::lent_pages_checks {
namespace {

constexpr std::size_t kPage = 4096;

std::vector<std::size_t> sizes_to_lend() {
  std::vector<std::size_t> sizes;
  for (const std::size_t around : {std::size_t{64}, kPage, 2 * kPage, 3 * kPage, 16 * kPage, 100 * kPage})
    for (std::size_t size = around - 40; size <= around + 40; ++size) sizes.push_back(size);
  return sizes;
}

TEST(LentPages, HaveAsManyBytesAsWereAskedForAndGoWhenTheyAreGivenBack) {
  const std::vector<std::size_t> sizes = sizes_to_lend();
  const std::size_t before = pages_mapped();
  for (const std::size_t size : sizes) {
    auto* const bytes = static_cast<unsigned char*>(lend_pages(size));
    ASSERT_NE(bytes, nullptr);
    ASSERT_TRUE(std::all_of(bytes, bytes + size, [](unsigned char byte) { return byte == 0; })) << size;
    std::memset(bytes, 0xff, size);
    const std::size_t pages = pages_mapped() - before;
    ASSERT_GE(pages * kPage, size);
    ASSERT_LE(pages * kPage, size + 2 * kPage);
    give_back_pages(bytes, size);
    ASSERT_EQ(pages_mapped(), before) << size;
  }
}

TEST(LentPages, AreGivenBackInAnyOrderAndAllThatAreLeftAtTheEnd) {
  const std::size_t before = pages_mapped();
  void* const first = lend_pages(100);
  void* const second = lend_pages(kPage);
  void* const third = lend_pages(5 * kPage);
  give_back_pages(second, kPage);
  std::memset(first, 0xff, 100);
  std::memset(third, 0xff, 5 * kPage);
  give_back_pages(first, 100);
  EXPECT_NE(lend_pages(kPage), nullptr);
  EXPECT_GT(pages_mapped(), before);
  give_back_all_pages();
  EXPECT_EQ(pages_mapped(), before);
  give_back_all_pages();
}

}  // namespace
}  // namespace padlock::runtime::lent_pages_checks
