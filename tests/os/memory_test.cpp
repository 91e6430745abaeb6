// Pages: what is mapped, how it reads, and that errno survives.
#include "os/memory.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cerrno>
#include <cstdint>
#include <cstring>
#include <vector>

#include "os/system_call.h"

namespace padlock::os {
namespace {

std::uintptr_t address_of(const void* pointer) { return reinterpret_cast<std::uintptr_t>(pointer); }

TEST(Memory, PageSizeIsTheArchitectures) { EXPECT_EQ(page_size(), 4096U); }

TEST(Memory, FreshPagesAreZeroAndWritable) {
  auto* bytes = static_cast<unsigned char*>(map(2 * page_size(), Protection::kReadWrite));
  ASSERT_NE(bytes, nullptr);
  EXPECT_EQ(address_of(bytes) % page_size(), 0U);
  EXPECT_EQ(bytes[0] + bytes[2 * page_size() - 1], 0);
  bytes[2 * page_size() - 1] = 7;
  EXPECT_EQ(bytes[2 * page_size() - 1], 7);
  unmap(bytes, 2 * page_size());
  EXPECT_FALSE(is_readable(address_of(bytes), 1));
}

TEST(Memory, AlignmentIsKeptAndTheSlackGivenBack) {
  constexpr std::size_t kAlignment = std::size_t{4} << 20;
  auto* bytes = static_cast<unsigned char*>(map(kAlignment, Protection::kReadWrite, kAlignment));
  ASSERT_NE(bytes, nullptr);
  EXPECT_EQ(address_of(bytes) % kAlignment, 0U);
  EXPECT_TRUE(is_readable(address_of(bytes), kAlignment));
  unmap(bytes, kAlignment);
  EXPECT_FALSE(is_readable(address_of(bytes), 1));
}

TEST(Memory, ImpossibleSizesGiveNullAndKeepErrno) {
  errno = 77;
  EXPECT_EQ(map(std::size_t{1} << 50, Protection::kReadWrite), nullptr);
  EXPECT_EQ(map(~std::size_t{0} - 4095, Protection::kNone, std::size_t{1} << 30), nullptr);
  EXPECT_EQ(errno, 77);
}

TEST(Memory, ProtectionDecidesWhatCanBeRead) {
  auto* bytes = static_cast<unsigned char*>(map(3 * page_size(), Protection::kNone));
  ASSERT_NE(bytes, nullptr);
  const std::uintptr_t middle = address_of(bytes) + page_size();
  EXPECT_FALSE(is_readable(middle, 1));
  ASSERT_TRUE(protect(bytes + page_size(), page_size(), Protection::kReadWrite));
  EXPECT_TRUE(is_readable(middle, page_size()));
  EXPECT_TRUE(is_readable(middle + page_size() - 1, 1));
  EXPECT_FALSE(is_readable(middle - 1, 2));
  EXPECT_FALSE(is_readable(middle, page_size() + 1));
  EXPECT_FALSE(is_readable(address_of(bytes), 3 * page_size()));
  unmap(bytes, 3 * page_size());
}

TEST(Memory, ReadabilityOfOddRanges) {
  errno = 77;
  EXPECT_TRUE(is_readable(8, 0));
  EXPECT_FALSE(is_readable(8, 1));
  EXPECT_FALSE(is_readable(~std::uintptr_t{0}, 2));
  EXPECT_FALSE(is_readable(std::uintptr_t{1} << 63, 8));
  EXPECT_EQ(errno, 77);
}

TEST(Memory, PagesAreBackedAheadOfTheirFirstTouchUnlessTheyAreClosed) {
  auto* bytes = static_cast<unsigned char*>(map(4 * page_size(), Protection::kReadWrite));
  ASSERT_TRUE(protect(bytes + 3 * page_size(), page_size(), Protection::kNone));
  errno = 77;
  back_by_memory(bytes + page_size(), page_size());
  back_by_memory(bytes + 3 * page_size(), page_size());
  EXPECT_EQ(errno, 77);
  unsigned char resident[4];
  ASSERT_EQ(mincore(bytes, 4 * page_size(), resident), 0);
  EXPECT_EQ(std::vector<unsigned char>(resident, resident + 4), (std::vector<unsigned char>{0, 1, 0, 0}));
  EXPECT_EQ(bytes[page_size()], 0);
  back_by_memory(bytes, 3 * page_size());  // refused pages change nothing for others
  ASSERT_EQ(mincore(bytes, 4 * page_size(), resident), 0);
  EXPECT_EQ(std::vector<unsigned char>(resident, resident + 4), (std::vector<unsigned char>{1, 1, 1, 0}));
  unmap(bytes, 4 * page_size());
}

TEST(Memory, DiscardedPagesReadAsZero) {
  auto* bytes = static_cast<unsigned char*>(map(page_size(), Protection::kReadWrite));
  std::memset(bytes, 0xab, page_size());
  EXPECT_TRUE(discard(bytes, page_size()));
  EXPECT_EQ(bytes[0], 0);
  EXPECT_EQ(bytes[page_size() - 1], 0);
  unmap(bytes, page_size());
}

TEST(Memory, LockedPagesAreNotDiscarded) {
  auto* bytes = static_cast<unsigned char*>(map(page_size(), Protection::kReadWrite));
  // Sanitizers make libc's mlock do nothing.
  if (!system_call(SYS_mlock, bytes, page_size()).ok()) GTEST_SKIP() << "nothing may be locked here";
  bytes[0] = 0xab;
  EXPECT_FALSE(discard(bytes, page_size()));
  EXPECT_EQ(bytes[0], 0xab);
  unmap(bytes, page_size());
}

TEST(Memory, ClosedPagesAreDiscardedEvenIfLocked) {
  auto* bytes = static_cast<unsigned char*>(map(page_size(), Protection::kReadWrite));
  bytes[0] = 1;
  if (!system_call(SYS_mlock, bytes, page_size()).ok()) GTEST_SKIP() << "nothing may be locked here";
  ASSERT_TRUE(protect(bytes, page_size(), Protection::kNone));
  EXPECT_TRUE(discard_closed(bytes, page_size()));
  EXPECT_FALSE(is_readable(address_of(bytes), 1));
  ASSERT_TRUE(protect(bytes, page_size(), Protection::kReadWrite));
  EXPECT_EQ(bytes[0], 0);
  unmap(bytes, page_size());
}

}  // namespace
}  // namespace padlock::os
