// What a header that a call met lately shows to be the program's, and when it shows nothing any more.
#include "runtime/interposed/known_headers.h"

#include <gtest/gtest.h>

#include <memory>

#include "core/block/header.h"

namespace padlock::runtime::known_headers_checks {
namespace {

constexpr std::size_t kSize = 5000;

class KnownHeadersTest : public testing::Test {
 protected:
  KnownHeadersTest() { write(core::BlockState::kLive); }
  void SetUp() override {
    if (pool_marks.in_use()) GTEST_SKIP() << "nothing is noted where pieces of blocks may be poisoned";
  }
  void write(core::BlockState state) {
    core::BlockFields fields;
    fields.granules = 400;
    fields.state = state;
    fields.requested = kSize;
    fields.number = 7;
    core::write_header(&block_.header, fields, keys_);
  }
  std::uintptr_t user() const { return reinterpret_cast<std::uintptr_t>(block_.data); }

  core::Keys keys_ = core::Keys::derive(0x5eed);
  struct {
    core::BlockHeader header;
    std::byte data[kSize + 1000];
  } block_{};
  std::unique_ptr<KnownHeaders> known_ = std::make_unique<KnownHeaders>();
};

TEST_F(KnownHeadersTest, ShowWhatLiesInTheBlockAndNoMore) {
  EXPECT_FALSE(known_->show(user(), 1));
  for (const std::size_t offset : {std::size_t{0}, std::size_t{1}, std::size_t{100}, kSize - 1, kSize}) {
    known_->note(&block_.header, user() + offset);
    EXPECT_TRUE(known_->show(user() + offset, 0));
    EXPECT_TRUE(known_->show(user() + offset, kSize - offset)) << offset;
    EXPECT_FALSE(known_->show(user() + offset, kSize - offset + 1)) << offset;
    EXPECT_FALSE(known_->show(user() + offset, SIZE_MAX)) << offset;
  }
  for (const std::size_t beyond : {std::size_t{1}, std::size_t{8}, std::size_t{500}}) {
    known_->note(&block_.header, user() + kSize + beyond);
    EXPECT_FALSE(known_->show(user() + kSize + beyond, 0)) << beyond;
  }
  known_->note(&block_.header, user() - 1);
  EXPECT_FALSE(known_->show(user() - 1, 1));
}

TEST_F(KnownHeadersTest, ShowNothingOfABlockThatIsNotLive) {
  known_->note(&block_.header, user());
  for (unsigned state = 0; state < 8; ++state) {
    write(static_cast<core::BlockState>(state));
    EXPECT_EQ(known_->show(user(), 1), static_cast<core::BlockState>(state) == core::BlockState::kLive)
        << state;
  }
}

TEST_F(KnownHeadersTest, ShowNothingWhereAHeaderWasAndDataAre) {
  known_->note(&block_.header, user());
  EXPECT_TRUE(known_->show(user(), 1));
  for (unsigned bit = 48; bit < 64; ++bit) {
    block_.header.words[3] ^= std::uint64_t{1} << bit;
    EXPECT_FALSE(known_->show(user(), 1)) << bit;
    block_.header.words[3] ^= std::uint64_t{1} << bit;
  }
  EXPECT_TRUE(known_->show(user(), 1));
}

TEST_F(KnownHeadersTest, ShowNothingAfterTheyWereForgotten) {
  for (std::size_t offset = 0; offset < kSize; offset += 512) known_->note(&block_.header, user() + offset);
  known_->forget();
  for (std::size_t offset = 0; offset < kSize; offset += 64) EXPECT_FALSE(known_->show(user() + offset, 1));
}

}  // namespace
}  // namespace padlock::runtime::known_headers_checks
