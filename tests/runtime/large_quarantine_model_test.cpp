// The lists of freed large blocks against plain vectors: the same record from every call, however sizes,
// limits and times fall.
#include <gtest/gtest.h>

#include <algorithm>
#include <deque>
#include <random>
#include <vector>

#include "runtime/large/large_quarantine.h"

namespace padlock::runtime::large_quarantine_model {
namespace {

constexpr std::size_t kPage = 4096;
constexpr std::size_t kRecords = 6000;

using List = std::vector<LargeRecord*>;

// The rules once more, as they are documented, and as slowly as can be.
class Model {
 public:
  explicit Model(const LargeQuarantine::Limits& limits) : limits_(limits) {}

  void add_kept(LargeRecord* record, std::int64_t now) {
    freed_ += record->mapping.size();
    kept_.push_back({record, freed_, now});
  }
  void add_emptied(LargeRecord* record) { emptied_.push_back(record); }

  // Of the bins from that of `bytes` on, the oldest eight of each: the first that is long enough and not too
  // long.
  LargeRecord* take_fitting(std::size_t bytes) {
    if (freed_ < limits_.held_back_bytes) return nullptr;
    const std::uint64_t latest = freed_ - limits_.held_back_bytes;
    const std::size_t most = bytes + bytes / 8;
    for (std::size_t bin = bin_of(bytes); bin <= bin_of(most); ++bin) {
      int looked_at = 0;
      for (const Kept& one : kept_) {
        if (bin_of(one.record->mapping.size()) != bin) continue;
        if (one.freed_before > latest || ++looked_at > 8) break;
        const std::size_t size = one.record->mapping.size();
        if (size >= bytes && size <= most) return take(one.record);
      }
    }
    return nullptr;
  }

  LargeRecord* take_to_empty(std::int64_t now) {
    if (kept_bytes() > limits_.kept_bytes) return take_kept();
    if (limits_.idle_ms == 0 || kept_.empty() || now < next_look_) return nullptr;
    if (now - kept_.front().at > limits_.idle_ms) return take_kept();
    next_look_ = now + 1000;
    return nullptr;
  }

  LargeRecord* take_kept() { return kept_.empty() ? nullptr : take(kept_.front().record); }

  LargeRecord* take_over_limit() {
    const std::size_t fewest = limits_.keeps_latest ? 1 : 0;
    const bool over = (bytes() > limits_.space_bytes && count() > fewest) || count() > 1024;
    return over ? take_any() : nullptr;
  }

  LargeRecord* take_any() {
    if (emptied_.empty()) return take_kept();
    LargeRecord* const first = emptied_.front();
    emptied_.pop_front();
    return first;
  }

  LargeRecord* remember(LargeRecord* record) {
    remembered_.push_back(record);
    if (remembered_.size() <= 4096) return nullptr;
    LargeRecord* const oldest = remembered_.front();
    remembered_.pop_front();
    return oldest;
  }
  // One of those that are remembered, which is so no longer; or null.
  LargeRecord* forget(std::size_t which) {
    if (remembered_.empty()) return nullptr;
    const auto at = remembered_.begin() + static_cast<std::ptrdiff_t>(which % remembered_.size());
    LargeRecord* const record = *at;
    remembered_.erase(at);
    return record;
  }

  std::size_t count() const { return kept_.size() + emptied_.size(); }
  std::size_t kept_bytes() const {
    std::size_t sum = 0;
    for (const Kept& one : kept_) sum += one.record->mapping.size();
    return sum;
  }
  std::size_t bytes() const {
    std::size_t sum = kept_bytes();
    for (const LargeRecord* one : emptied_) sum += one->mapping.size();
    return sum;
  }

  // Eight for each doubling from 64 KiB on; what is shorter than 32 KiB shares those of 32 to 64 KiB; the
  // last one has all from 2 GiB and seven eighths of that on.
  static std::size_t bin_of(std::size_t size) {
    if (size < 32 * 1024) return size / kPage;
    std::size_t first = 0;
    std::size_t lowest = 32 * 1024;
    for (; size >= 2 * lowest; lowest *= 2) first += 8;
    return std::min<std::size_t>(first + (size - lowest) / (lowest / 8), 127);
  }

 private:
  struct Kept {
    LargeRecord* record;
    std::uint64_t freed_before;
    std::int64_t at;
  };

  LargeRecord* take(LargeRecord* record) {
    kept_.erase(
        std::find_if(kept_.begin(), kept_.end(), [&](const Kept& one) { return one.record == record; }));
    return record;
  }

  LargeQuarantine::Limits limits_;
  std::deque<Kept> kept_;  // in the order in which they were freed
  std::deque<LargeRecord*> emptied_, remembered_;
  std::uint64_t freed_ = 0;
  std::int64_t next_look_ = 0;
};

class LargeQuarantineModel : public testing::TestWithParam<int> {
 protected:
  LargeQuarantineModel() : random_(static_cast<std::uint64_t>(GetParam()) + 1) {
    limits_.space_bytes = pick(2) == 0 ? SIZE_MAX : 400 * kUsual;
    limits_.kept_bytes = pick(3) * 100 * kUsual;
    limits_.held_back_bytes = pick(3) * 8 * kUsual;
    limits_.idle_ms = static_cast<std::int64_t>(pick(2)) * 5000;
    limits_.keeps_latest = pick(2) != 0;
    quarantine_.set_up(limits_);
    for (LargeRecord& record : records_) unused_.push_back(&record);
  }

  std::size_t pick(std::size_t below) { return random_() % below; }

  // Pages around one length, so that many nearly fit; a few of any length.
  std::size_t size() {
    if (pick(8) != 0) return kUsual / 2 + pick(kUsual / kPage) * kPage;
    return (pick(std::size_t{1} << (1 + pick(21))) + 1) * kPage;
  }

  LargeRecord* fresh() {
    LargeRecord* const record = unused_.back();
    unused_.pop_back();
    *record = {};
    record->mapping.map_begin = kPage;
    record->mapping.map_end = kPage + size();
    record->block.state = core::BlockState::kQuarantined;
    return record;
  }

  static constexpr std::size_t kUsual = 40 * kPage;
  std::mt19937_64 random_;
  LargeQuarantine::Limits limits_;
  LargeQuarantine quarantine_;
  std::vector<LargeRecord> records_{kRecords};
  List unused_;
};

INSTANTIATE_TEST_SUITE_P(Seeds, LargeQuarantineModel, testing::Range(0, 8));

TEST_P(LargeQuarantineModel, TakesOutTheSameRecords) {
  Model model(limits_);
  std::int64_t now = 0;
  for (int round = 0; round < 12000; ++round) {
    now += static_cast<std::int64_t>(pick(3)) * 100;
    LargeRecord* taken = nullptr;
    LargePlace place = LargePlace::kBusy;
    switch (pick(9)) {
      case 0:
      case 1:
      case 2:
      case 3: {
        if (unused_.empty()) break;
        LargeRecord* const record = fresh();
        quarantine_.add_kept(record, now);
        model.add_kept(record, now);
        ASSERT_EQ(record->place, LargePlace::kKept);
        ASSERT_EQ(record->freed_at, now);
        break;
      }
      case 4: {
        if (unused_.empty()) break;
        LargeRecord* const record = fresh();
        quarantine_.add_emptied(record);
        model.add_emptied(record);
        ASSERT_EQ(record->place, LargePlace::kEmptied);
        break;
      }
      case 5: {
        const std::size_t bytes = size();
        taken = quarantine_.take_fitting(bytes);
        ASSERT_EQ(taken, model.take_fitting(bytes)) << round;
        break;
      }
      case 6:
        taken = quarantine_.take_to_empty(now);
        ASSERT_EQ(taken, model.take_to_empty(now)) << round;
        break;
      case 7:
        taken = quarantine_.take_over_limit();
        ASSERT_EQ(taken, model.take_over_limit()) << round;
        place = LargePlace::kGone;
        break;
      default:
        if (LargeRecord* const forgotten = pick(4) == 0 ? model.forget(pick(100000)) : nullptr) {
          quarantine_.forget(forgotten);
          unused_.push_back(forgotten);
        }
    }
    ASSERT_EQ(quarantine_.count(), model.count());
    ASSERT_EQ(quarantine_.bytes(), model.bytes());
    ASSERT_EQ(quarantine_.kept_bytes(), model.kept_bytes());
    if (taken == nullptr) continue;
    ASSERT_EQ(taken->place, place);
    LargeRecord* const gone = quarantine_.remember(taken);
    ASSERT_EQ(gone, model.remember(taken)) << round;
    if (gone != nullptr) unused_.push_back(gone);
  }
  while (LargeRecord* const left = quarantine_.take_any()) ASSERT_EQ(left, model.take_any());
  EXPECT_EQ(model.count(), 0U);
  EXPECT_EQ(quarantine_.bytes(), 0U);
}

TEST(LargeQuarantine, PagesOfHalfOfWhatIsKeptAreWorthIt) {
  for (const std::size_t kept : {std::size_t{0}, std::size_t{1}, 10 * kPage, 10 * kPage + 1}) {
    LargeQuarantine quarantine;
    LargeQuarantine::Limits limits;
    limits.kept_bytes = kept;
    quarantine.set_up(limits);
    EXPECT_TRUE(quarantine.keeps(kept / 2));
    EXPECT_FALSE(quarantine.keeps(kept / 2 + 1));
  }
}

}  // namespace
}  // namespace padlock::runtime::large_quarantine_model
