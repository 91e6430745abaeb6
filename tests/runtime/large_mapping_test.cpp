// What the mappings of large blocks cost, that nothing is left of them, and what is known of them where the
// kernel refuses; and how many it allows.
#include "runtime/large/large_mapping.h"

#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <fstream>
#include <string>

#include "kernel.h"
#include "os/guard.h"
#include "runtime/large/large_move.h"
#include "runtime/large/map_budget.h"
#include "runtime/memory/memory_budget.h"

namespace padlock::runtime::large_mapping_checks {
namespace {

constexpr std::size_t kPage = 4096;

// What a move has left beside the place that it took is given back, and what was to grow into, too.
TEST(LargeMappings, NothingIsLeftOfAPlaceThatWasClosedOrUnmapped) {
  constexpr std::size_t kTable = std::size_t{2} << 20;
  for (const std::size_t size : {2 * kPage, 3 * kTable}) {
    for (std::size_t shift = 0; shift < 3; ++shift) {
      void* const before = mmap(nullptr, (shift + 1) * kPage, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
      const std::size_t mapped = pages_mapped();
      const std::size_t used = memory_budget.used();
      const LargeMapping from = map_large({0, size, 16});
      ASSERT_TRUE(from.present());
      EXPECT_EQ(pages_mapped(), mapped + from.size() / kPage);
      LargeMapping to = move_large(from, 2 * size, size);
      ASSERT_TRUE(to.present());
      EXPECT_EQ(pages_mapped(), mapped + (from.size() + to.size()) / kPage);
      EXPECT_EQ(memory_budget.used(), used + from.size() + to.size());
      ASSERT_EQ(close_large(to), Closed::kKept);
      EXPECT_EQ(to.map_end, to.body_end + large_guard());
      EXPECT_EQ(pages_mapped(), mapped + (from.size() + to.size()) / kPage);
      EXPECT_EQ(memory_budget.used(), used + from.size() + to.size());
      EXPECT_TRUE(unmap_large(from));
      EXPECT_TRUE(unmap_large(to));
      EXPECT_EQ(pages_mapped(), mapped);
      EXPECT_EQ(memory_budget.used(), used);
      munmap(before, (shift + 1) * kPage);
    }
  }
}

// In a child, as markers are forbidden for good. With few mappings left, guards are mappings all the same.
void map_with_few_mappings() {
  os::forbid_guard_markers();
  const std::size_t before = map_budget.used();
  while (map_budget.take_where_roomy(1)) {
  }
  const std::size_t used = map_budget.used();
  LargeMapping mapping = map_large({0, 2 * kPage, 16});
  EXPECT_EQ(mapping.maps, 3U);
  EXPECT_EQ(map_budget.used(), used + 3);
  EXPECT_FALSE(is_writable(mapping.body_begin - 1));
  EXPECT_TRUE(is_writable(mapping.body_begin));
  EXPECT_TRUE(is_writable(mapping.body_end - 1));
  EXPECT_FALSE(is_writable(mapping.body_end));
  EXPECT_EQ(close_large(mapping), Closed::kKept);
  EXPECT_TRUE(unmap_large(mapping));
  EXPECT_EQ(map_budget.used(), used);
  map_budget.give_back(used - before);
  _exit(testing::Test::HasFailure() ? 1 : 0);
}
TEST(LargeMappings, MappingsThatGuardsCostAreCountedUntilTheyAreGone) {
  EXPECT_EXIT(map_with_few_mappings(), testing::ExitedWithCode(0), "");
}

// Where the kernel refuses to close pages, markers close them if it has any; then they are empty.
TEST(LargeMappings, WhetherItIsClosedIsKnownWhereTheKernelRefuses) {
  LargeMapping mapping = map_large({0, 2 * kPage, 16});
  ASSERT_TRUE(mapping.present());
  *reinterpret_cast<volatile unsigned char*>(mapping.body_begin) = 9;
  Closed closed = Closed::kKept;
  ASSERT_TRUE(where_refused({SYS_mprotect, {}}, [&] { closed = close_large(mapping); }));
  const bool has_markers = !is_writable(mapping.body_begin);
  EXPECT_EQ(closed, has_markers ? Closed::kEmptied : Closed::kRefused);
  EXPECT_TRUE(unmap_large(mapping));
}

TEST(MapBudget, IsOfWhatTheKernelSays) {
  const auto said = [](const std::string& text) {
    const std::string path = testing::TempDir() + "max_map_count";
    std::ofstream(path) << text;
    const std::size_t most = most_mappings(path.c_str());
    unlink(path.c_str());
    return most;
  };
  for (std::size_t most = 1; most < std::size_t{1} << 31; most = most * 3 + most / 7 + 1) {
    EXPECT_EQ(said(std::to_string(most) + "\n"), most);
    EXPECT_EQ(said(std::to_string(most)), most);
  }
  EXPECT_EQ(said("1234567890\n"), 1234567890U);
  EXPECT_EQ(said("123/456\n"), 123U);
  EXPECT_EQ(said("123:456\n"), 123U);
  constexpr std::size_t kUsual = 65530;
  EXPECT_EQ(said(""), kUsual);
  EXPECT_EQ(said("0\n"), kUsual);
  EXPECT_EQ(most_mappings("/no/such/file"), kUsual);
  EXPECT_GE(said("99999999999999999999999999999999\n"), std::size_t{1} << 31);
  EXPECT_EQ(said("21474836479\n"), 21474836479U);  // of which ten digits are less than 2^31
  EXPECT_EQ(said("21474836480\n"), 2147483648U);
}

}  // namespace
}  // namespace padlock::runtime::large_mapping_checks
