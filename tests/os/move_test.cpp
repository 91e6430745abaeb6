// Pages that move, from one mapping and from several.
#include "os/move.h"

#include <gtest/gtest.h>
#include <sys/mman.h>

#include <cstdint>

#include "os/memory.h"

namespace padlock::os {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kPages = 100;

class MoveTest : public testing::Test {
 protected:
  MoveTest()
      : from_(static_cast<unsigned char*>(map((kPages + 1) * kPage, Protection::kReadWrite))),
        to_(static_cast<unsigned char*>(map(kPages * kPage, Protection::kNone))) {
    for (std::size_t i = 0; i < kPages; ++i) from_[i * kPage] = static_cast<unsigned char>(i + 1);
  }
  ~MoveTest() override {
    unmap(from_, (kPages + 1) * kPage);
    unmap(to_, kPages * kPage);
  }

  void expect_moved() {
    const MovedPages moved = move_pages(reinterpret_cast<std::uintptr_t>(from_), kPages * kPage,
                                        reinterpret_cast<std::uintptr_t>(to_));
    EXPECT_EQ(moved.bytes, kPages * kPage);
    EXPECT_EQ(moved.torn, 0U);
    for (std::size_t i = 0; i < kPages; ++i) ASSERT_EQ(to_[i * kPage], static_cast<unsigned char>(i + 1));
  }

  unsigned char* from_;
  unsigned char* to_;
};

TEST_F(MoveTest, TheOldPlaceStaysAndHoldsNothing) {
  expect_moved();
  EXPECT_EQ(from_[0], 0);
  from_[0] = 5;
  EXPECT_EQ(from_[0], 5);
}

TEST_F(MoveTest, SeveralMappingsMovePieceByPiece) {
  for (std::size_t i : {1U, 2U, 50U, 99U}) ASSERT_EQ(madvise(from_ + i * kPage, kPage, MADV_DONTDUMP), 0);
  expect_moved();
}

TEST_F(MoveTest, EveryPageOfItsOwn) {
  for (std::size_t i = 0; i < kPages; i += 2) ASSERT_EQ(madvise(from_ + i * kPage, kPage, MADV_DONTDUMP), 0);
  expect_moved();
}

TEST_F(MoveTest, WhereNothingIsMappedBehindNothingIsLeftThere) {
  unmap(from_ + kPages * kPage, kPage);
  expect_moved();
  EXPECT_FALSE(is_readable(reinterpret_cast<std::uintptr_t>(from_ + kPages * kPage), 1));
}

TEST_F(MoveTest, AHoleEndsIt) {
  unmap(from_ + 10 * kPage, kPage);
  const MovedPages moved = move_pages(reinterpret_cast<std::uintptr_t>(from_), kPages * kPage,
                                      reinterpret_cast<std::uintptr_t>(to_));
  EXPECT_EQ(moved.bytes, 10 * kPage);
  EXPECT_EQ(to_[9 * kPage], 10);
}

}  // namespace
}  // namespace padlock::os
