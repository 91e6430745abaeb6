#include "core/fault.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace padlock::core {
namespace {

template <typename Enum>
std::set<std::string> names(unsigned count) {
  std::set<std::string> all;
  for (unsigned i = 0; i < count; ++i) all.insert(to_string(static_cast<Enum>(i)));
  return all;
}

TEST(FaultNames, kinds_are_spelt_as_the_contract_spells_them) {
  EXPECT_STREQ(to_string(FaultKind::kHeapBufferOverflow), "heap-buffer-overflow");
  EXPECT_STREQ(to_string(FaultKind::kHeapBufferUnderflow), "heap-buffer-underflow");
  EXPECT_STREQ(to_string(FaultKind::kUseAfterFreeWrite), "use-after-free-write");
  EXPECT_STREQ(to_string(FaultKind::kUseAfterFree), "use-after-free");
  EXPECT_STREQ(to_string(FaultKind::kDoubleFree), "double-free");
  EXPECT_STREQ(to_string(FaultKind::kInvalidFree), "invalid-free");
  EXPECT_STREQ(to_string(FaultKind::kAllocDeallocMismatch), "alloc-dealloc-mismatch");
  EXPECT_STREQ(to_string(FaultKind::kDeleteSizeMismatch), "delete-size-mismatch");
  EXPECT_STREQ(to_string(FaultKind::kDeleteAlignmentMismatch), "delete-alignment-mismatch");
  EXPECT_STREQ(to_string(FaultKind::kMetadataCorruption), "metadata-corruption");
  EXPECT_STREQ(to_string(FaultKind::kInvalidSize), "invalid-size");
  EXPECT_STREQ(to_string(FaultKind::kInvalidAlignment), "invalid-alignment");
  EXPECT_STREQ(to_string(FaultKind::kSignalUnsafeCall), "signal-unsafe-call");
  EXPECT_STREQ(to_string(FaultKind::kLeak), "leak");
}

TEST(FaultNames, every_value_has_a_name_of_its_own_and_no_other_value_has_one) {
  EXPECT_EQ(names<FaultKind>(15).size(), 15U);
  EXPECT_EQ(names<Moment>(10).size(), 10U);
  EXPECT_EQ(names<Origin>(4).size(), 4U);
  EXPECT_EQ(names<BlockState>(5).size(), 5U);
  EXPECT_EQ(names<PointerClass>(8).size(), 8U);
  EXPECT_STREQ(to_string(static_cast<FaultKind>(200)), "unknown");
  EXPECT_STREQ(to_string(static_cast<Moment>(200)), "unknown");
  EXPECT_STREQ(to_string(static_cast<Origin>(200)), "unknown");
  EXPECT_STREQ(to_string(static_cast<BlockState>(200)), "unknown");
  EXPECT_STREQ(to_string(static_cast<PointerClass>(200)), "unknown");
}

}  // namespace
}  // namespace padlock::core
