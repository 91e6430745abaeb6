// Marks of merged blocks: which of them go, and what of their headers is made poison again.
#include <gtest/gtest.h>

#include <cstring>

#include "core/block/pattern.h"
#include "core/block/seal.h"
#include "core/heap/mender.h"
#include "core/index/region.h"
#include "core/test_heap.h"

namespace padlock::core {
namespace {

using test::GuardedSpan;

constexpr std::uint32_t kGranules = 64;

class Ghosts : public testing::Test {
 protected:
  Ghosts()
      : blocks_(kGranules * kGranule),
        metadata_(Region::metadata_bytes(kGranules * kGranule)),
        region_(*Region::create(blocks_.span(), metadata_.span())) {}

  void drop(std::uint32_t begin, std::uint32_t end) {
    std::memset(blocks_.span().data(), 0, kGranules * kGranule);
    drop_ghosts(region_, begin, end, keys_.poison);
  }

  bool is_poison(std::uint32_t granule) const {
    return poison_intact(region_.bytes_at(granule), region_.bytes_at(granule + 1), keys_.poison);
  }
  bool is_zero(std::uint32_t granule) const {
    static constexpr std::byte kZeros[kGranule] = {};
    return std::memcmp(region_.bytes_at(granule), kZeros, kGranule) == 0;
  }

  Keys keys_ = Keys::derive(0x5eed);
  GuardedSpan blocks_;
  GuardedSpan metadata_;
  Region& region_;
};

// A header is two granules long: of one that begins right before, or ends right behind, a half is left.
TEST_F(Ghosts, ThoseThatTouchARangeGoAndTheHalfOutsideIsPoison) {
  for (std::uint32_t ghost = 1; ghost < 30; ++ghost) {
    region_.ghosts.set(ghost);
    drop(10, 20);
    EXPECT_EQ(region_.ghosts.test(ghost), ghost < 9 || ghost >= 20) << ghost;
    for (std::uint32_t granule = 0; granule < kGranules; ++granule) {
      const bool half = (ghost == 9 && granule == 9) || (ghost == 19 && granule == 20);
      EXPECT_EQ(is_poison(granule), half) << ghost << ' ' << granule;
      EXPECT_EQ(is_zero(granule), !half) << ghost << ' ' << granule;
    }
    region_.ghosts.clear(ghost);
  }
}

// Marks that lie closer than headers can, as a wild write may leave them, lead no further back.
TEST_F(Ghosts, MarksBesideOneAnotherLeadNoFurtherBack) {
  for (std::uint32_t ghost = 1; ghost < 10; ++ghost) region_.ghosts.set(ghost);
  drop(10, 20);
  for (std::uint32_t ghost = 1; ghost < 10; ++ghost)
    EXPECT_EQ(region_.ghosts.test(ghost), ghost < 9) << ghost;
  for (std::uint32_t granule = 0; granule < 9; ++granule) EXPECT_TRUE(is_zero(granule)) << granule;
}

TEST_F(Ghosts, FromTheFirstGranuleOnAllGo) {
  region_.ghosts.set(0);
  region_.ghosts.set(5);
  drop(0, 12);
  EXPECT_FALSE(region_.ghosts.test(0));
  EXPECT_FALSE(region_.ghosts.test(5));
}

}  // namespace
}  // namespace padlock::core
