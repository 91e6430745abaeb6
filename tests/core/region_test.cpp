// A region's bitmaps: which block holds an address, and what lies before it.
#include "core/index/region.h"

#include <gtest/gtest.h>

#include "core/index/block.h"
#include "core/index/region_set.h"
#include "core/test_heap.h"

namespace padlock::core {
namespace {

using test::at;
using test::GuardedSpan;

TEST(Region, RefusesUnfitSpans) {
  constexpr std::size_t kBytes = 4096;
  GuardedSpan blocks(kBytes + 16);
  GuardedSpan metadata(Region::metadata_bytes(kBytes) + 32);
  const auto span = blocks.span().first(kBytes);
  const auto room = metadata.span().first(Region::metadata_bytes(kBytes));
  EXPECT_EQ(Region::create(blocks.span().subspan(8, kBytes), room), nullptr);
  EXPECT_EQ(Region::create(span, metadata.span().subspan(8, room.size())), nullptr);
  EXPECT_EQ(Region::create(span, room.first(room.size() - 1)), nullptr);
  EXPECT_EQ(Region::create(span.first(47), room), nullptr);
  EXPECT_EQ(Region::create({}, room), nullptr);
  // Never dereferenced: only its length is looked at.
  EXPECT_EQ(Region::create({span.data(), kMaxRegion + 16}, room), nullptr);
  EXPECT_NE(Region::create(span.first(48), room), nullptr);
  EXPECT_NE(Region::create(span, room), nullptr);
  EXPECT_TRUE(metadata.guards_intact());
  EXPECT_TRUE(blocks.guards_intact());
}

TEST(Region, ATailShorterThanAGranuleIsLeftOut) {
  GuardedSpan blocks(4096);
  GuardedSpan metadata(Region::metadata_bytes(4096));
  const Region* region = Region::create(blocks.span().first(100), metadata.span());
  ASSERT_NE(region, nullptr);
  EXPECT_EQ(region->granules(), 6U);
  const std::uintptr_t base = at(blocks.span().data());
  EXPECT_EQ(region->base(), base);
  EXPECT_TRUE(region->contains(base));
  EXPECT_TRUE(region->contains(base + 95));
  EXPECT_FALSE(region->contains(base + 96));
  EXPECT_FALSE(region->contains(base - 1));
}

TEST(Region, ItsBitmapsDoNotOverlap) {
  GuardedSpan blocks(64 * 1024);
  GuardedSpan metadata(Region::metadata_bytes(64 * 1024));
  Region* region = Region::create(blocks.span(), metadata.span());
  ASSERT_NE(region, nullptr);
  const std::array<Bitmap*, 4> bitmaps{&region->starts, &region->idle, &region->ghosts, &region->condemned};
  for (Bitmap* set : bitmaps) {
    for (std::uint32_t bit = 0; bit < region->granules(); ++bit) set->set(bit);
    for (Bitmap* other : bitmaps) {
      EXPECT_EQ(other->first_in(0, region->granules()), other == set ? 0U : Bitmap::kNone);
    }
    for (std::uint32_t bit = 0; bit < region->granules(); ++bit) set->clear(bit);
  }
  EXPECT_TRUE(metadata.guards_intact());
}

TEST(Region, FindsTheBlockOfEveryGranule) {
  GuardedSpan blocks(4096);
  GuardedSpan metadata(Region::metadata_bytes(4096));
  Region* region = Region::create(blocks.span(), metadata.span());
  ASSERT_NE(region, nullptr);
  region->top = 20;
  region->starts.set(0);
  region->starts.set(3);
  region->starts.set(17);
  for (std::uint32_t granule = 0; granule < 256; ++granule) {
    const std::uint32_t expected = granule < 3 ? 0 : granule < 17 ? 3 : granule < 20 ? 17 : Bitmap::kNone;
    ASSERT_EQ(region->start_of(granule), expected) << granule;
  }
  EXPECT_EQ(region->length_at(0), 3U);
  EXPECT_EQ(region->length_at(3), 14U);
  EXPECT_EQ(region->length_at(17), 3U);
  EXPECT_EQ(region->granule_of(region->header_at(17)), 17U);
  EXPECT_EQ(at(region->bytes_at(17)), region->base() + 272);
}

TEST(Region, ABlockHasNeighboursButForTheFirstAndTheLast) {
  GuardedSpan blocks(4096);
  GuardedSpan metadata(Region::metadata_bytes(4096));
  Region* region = Region::create(blocks.span(), metadata.span());
  for (const std::uint32_t start : {0U, 5U, 9U}) region->starts.set(start);
  region->top = 12;
  const Block first = block_at(*region, 0);
  const Block last = block_at(*region, 9);
  EXPECT_EQ(first.granules, 5U);
  EXPECT_EQ(last.granules, 3U);
  EXPECT_FALSE(block_before(first).present());
  EXPECT_FALSE(block_after(last).present());
  EXPECT_EQ(block_after(first).granule, 5U);
  EXPECT_EQ(block_after(first).granules, 4U);
  EXPECT_EQ(block_before(last).granule, 5U);
  EXPECT_EQ(end_of(last), at(region->bytes_at(12)));
  EXPECT_EQ(readable_around(first).begin, at(region->bytes_at(0)));
  EXPECT_EQ(readable_around(first).end, at(region->bytes_at(7)));
  region->open_to(13);
  EXPECT_EQ(readable_around(last).end, at(region->bytes_at(13))) << "as far as it is accessible";
}

TEST(RegionSet, FindsBySearchOrByLocator) {
  GuardedSpan blocks_a(4096);
  GuardedSpan blocks_b(4096);
  GuardedSpan metadata_a(Region::metadata_bytes(4096));
  GuardedSpan metadata_b(Region::metadata_bytes(4096));
  Region* a = Region::create(blocks_a.span(), metadata_a.span());
  Region* b = Region::create(blocks_b.span(), metadata_b.span());
  RegionSet set(nullptr, nullptr);
  EXPECT_EQ(set.find(a->base()), nullptr);
  set.add(*a);
  set.add(*b);
  EXPECT_EQ(set.find(a->base() + 4095), a);
  EXPECT_EQ(set.find(b->base()), b);
  EXPECT_EQ(set.find(b->base() + 4096), nullptr);
  EXPECT_EQ(set.find(0), nullptr);
  EXPECT_EQ(set.find(UINTPTR_MAX), nullptr);

  // A locator may answer with a region that does not hold the address; that is checked.
  RegionSet located([](std::uintptr_t, const void* context) { return *static_cast<Region* const*>(context); },
                    static_cast<const void*>(&a));
  located.add(*a);
  EXPECT_EQ(located.find(a->base()), a);
  EXPECT_EQ(located.find(b->base()), nullptr);
  located.add(*b);
  EXPECT_EQ(located.find(b->base()), nullptr) << "only the locator is asked";
}

}  // namespace
}  // namespace padlock::core
