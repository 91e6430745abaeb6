// Guard markers, where the kernel has them.
#include "os/guard.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstring>

#include "os/memory.h"
#include "os/system_call.h"

namespace padlock::os {
namespace {

constexpr std::size_t kPage = 4096;

TEST(Guard, ClosesPagesUntilItIsRemoved) {
  auto* const bytes = static_cast<volatile unsigned char*>(map(3 * kPage, Protection::kReadWrite));
  bytes[kPage] = 7;
  void* const middle = const_cast<unsigned char*>(bytes) + kPage;
  if (!install_guard(middle, kPage)) GTEST_SKIP() << "not in this kernel";
  EXPECT_DEATH(bytes[kPage] = 1, "");
  bytes[0] = 1;
  bytes[2 * kPage] = 1;
  remove_guard(middle, kPage);
  EXPECT_EQ(bytes[kPage], 0);
  EXPECT_EQ(bytes[0], 1);
  unmap(const_cast<unsigned char*>(bytes), 3 * kPage);
}

TEST(Guard, LockedPagesAreRefusedAndKeepTheirContents) {
  auto* const bytes = static_cast<unsigned char*>(map(kPage, Protection::kReadWrite));
  bytes[0] = 7;
  // Sanitizers make libc's mlock do nothing.
  if (!system_call(SYS_mlock, bytes, kPage).ok()) GTEST_SKIP() << "nothing may be locked here";
  EXPECT_FALSE(install_guard(bytes, kPage));
  EXPECT_EQ(bytes[0], 7);
  unmap(bytes, kPage);
}

}  // namespace
}  // namespace padlock::os
