// Calls that may write more than there is room for: where they write, what the program gets of it, and what
// is reported. Nothing is left mapped behind.
#include "runtime/interposed/detour.h"

#include <gtest/gtest.h>
#include <limits.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <ctime>
#include <string>
#include <vector>

#include "heard_calls.h"
#include "kernel.h"
#include "runtime/threads/lent_pages.h"

namespace padlock::runtime::detour_checks {
namespace {

constexpr std::size_t kSize = 10;
constexpr std::size_t kMostAtOnce = 0x7ffff000;  // what the kernel transfers

TEST(Written, IsWhatAResultSays) {
  EXPECT_EQ(exactly(7).size, 7U);
  EXPECT_EQ(exactly(1).size, 1U);
  EXPECT_EQ(exactly(0).size, 0U);
  EXPECT_EQ(exactly(-1).size, 0U);
  EXPECT_TRUE(exactly(7).exact);
  EXPECT_EQ(at_least(7).size, 7U);
  EXPECT_FALSE(at_least(7).exact);
  EXPECT_EQ(at_least_text(true, "abc").size, 4U);
  EXPECT_FALSE(at_least_text(true, "abc").exact);
  EXPECT_EQ(at_least_text(false, "abc").size, 0U);
}

TEST(Written, RoomIsAsTheProgramSays) {
  const unsigned length = 16;
  EXPECT_EQ(room_by(&length), 16U);
  EXPECT_EQ(room_by(nullptr), 0U);
  EXPECT_EQ(vectors_in(3), 3U);
  EXPECT_EQ(vectors_in(1024), 1024U);
  EXPECT_EQ(vectors_in(1025), 0U);
  EXPECT_EQ(internet_address_size(AF_INET), 4U);
  EXPECT_EQ(internet_address_size(AF_INET6), 16U);
  EXPECT_EQ(internet_address_size(AF_UNIX), 0U);
}

TEST(Written, WhatAStreamThrowsAwayIsNoWrite) {
  int stream[2];
  int datagrams[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, stream), 0);
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, datagrams), 0);
  EXPECT_EQ(received(stream[0], 100, 0), 100U);
  EXPECT_EQ(received(stream[0], 100, MSG_PEEK), 100U);
  EXPECT_EQ(received(stream[0], 100, MSG_TRUNC), 0U);
  EXPECT_EQ(received(stream[0], 100, MSG_TRUNC | MSG_PEEK), 0U);
  EXPECT_EQ(received(datagrams[0], 100, MSG_TRUNC), 100U);
  EXPECT_EQ(received(datagrams[0], 100, 0), 100U);
  for (const int fd : {stream[0], stream[1], datagrams[0], datagrams[1]}) close(fd);
}

TEST(Written, SizesAreTheSystems) {
  EXPECT_EQ(kLongestPath, std::size_t{PATH_MAX});
  EXPECT_EQ(kPollSize, sizeof(pollfd));
  EXPECT_EQ(kEventSize, sizeof(epoll_event));
  EXPECT_EQ(kStatusSize, sizeof(struct stat));
  EXPECT_EQ(kTimeSize, sizeof(timespec));
  EXPECT_EQ(kTimeSize, sizeof(timeval));
  EXPECT_EQ(kDateSize, sizeof(tm));
  EXPECT_EQ(kSystemNameSize, sizeof(utsname));
  EXPECT_EQ(kLimitSize, sizeof(rlimit));
  EXPECT_EQ(kUsageSize, sizeof(rusage));
  EXPECT_EQ(sizeof(IoVector), sizeof(iovec));
  EXPECT_EQ(sizeof(IoMessage), sizeof(msghdr));
}

class DetourTest : public HeardCalls {
 protected:
  // A call that may write `most` bytes, and writes so many of 'w'.
  [[gnu::noinline]] std::string written(const Tail& to, std::size_t offset, std::size_t most,
                                        std::size_t count, Written result) {
    const LibraryCall site(call(), __builtin_frame_address(0));
    const std::size_t mapped = pages_mapped();
    errno = 77;
    Detour detour(to.begin + offset, most);
    EXPECT_EQ(errno, 77);
    EXPECT_NE(detour.place<char*>(), to.begin + offset);
    EXPECT_EQ(std::string(detour.place<char*>(), std::min(most, to.size - offset)),
              std::string(to.begin + offset, std::min(most, to.size - offset)));
    std::memset(detour.place<char*>(), 'w', count);
    EXPECT_EQ(detour.returned(detour.place<char*>()), to.begin + offset);
    EXPECT_EQ(detour.returned(static_cast<char*>(nullptr)), nullptr);
    EXPECT_EQ(detour.returned(5L), 5L);
    detour.end(site, result);
    EXPECT_EQ(errno, 77);
    return heard_and_unmapped(mapped);
  }
  [[gnu::noinline]] std::string scattered(std::vector<IoVector> vectors, std::size_t count, long result) {
    const LibraryCall site(call(), __builtin_frame_address(0));
    const std::size_t mapped = pages_mapped();
    errno = 77;
    ScatteredDetour detour(vectors.data(), count);
    EXPECT_EQ(errno, 77);
    std::size_t left = result > 0 ? static_cast<std::size_t>(result) : 0;
    for (std::size_t i = 0; i < count; ++i) {
      EXPECT_EQ(detour.place()[i].size, vectors[i].size);
      const std::size_t size = std::min(left, vectors[i].size);
      std::memset(detour.place()[i].base, 'w', size);
      left -= size;
    }
    detour.end(site, result);
    EXPECT_EQ(errno, 77);
    return heard_and_unmapped(mapped);
  }
  // The first reports map something of their own.
  std::string heard_and_unmapped(std::size_t mapped) {
    std::string report = heard();
    if (report.empty()) {
      EXPECT_EQ(pages_mapped(), mapped);
    }
    return report;
  }
  // What the block of the tail has behind its end, for as long as it is written over.
  class Behind {
   public:
    explicit Behind(const Tail& tail) : at_(tail.begin + tail.size) {
      is_open_ = tail.kind == BlockKind::kSmall;
      if (!is_open_) return;
      std::memcpy(kept_, at_, sizeof kept_);
      std::memset(at_, 0, sizeof kept_);  // a canary may be any letter
    }
    ~Behind() {
      if (is_open_) std::memcpy(at_, kept_, sizeof kept_);
    }
    Behind(const Behind&) = delete;
    Behind& operator=(const Behind&) = delete;
    // How many of its bytes are 'w'.
    [[nodiscard]] std::size_t written() const {
      std::size_t count = 0;
      while (is_open_ && count < sizeof kept_ && at_[count] == 'w') ++count;
      return count;
    }

   private:
    char* at_;
    char kept_[4] = {};
    bool is_open_ = false;
  };
};

std::string is(std::size_t written, std::size_t size = kSize) {
  return std::string(written, 'w') + std::string(size - written, 'x');
}

TEST_F(DetourTest, IsNeededWhereTheBoundIsBeyondTheBlock) {
  for (const Tail& tail : tails(kSize)) {
    for (std::size_t offset = 0; offset <= kSize; ++offset) {
      EXPECT_FALSE(Detour::is_needed(tail.begin + offset, kSize - offset));
      EXPECT_TRUE(Detour::is_needed(tail.begin + offset, kSize - offset + 1));
    }
  }
  EXPECT_FALSE(Detour::is_needed(this, SIZE_MAX));
}

TEST_F(DetourTest, GivesTheProgramWhatTheCallWroteAndNoMore) {
  for (const Tail& tail : tails(kSize)) {
    for (const std::size_t most : {kSize + 1, kSize + 3, std::size_t{100}, std::size_t{10000}}) {
      for (std::size_t count = 0; count <= kSize + 3 && count <= most; ++count) {
        std::memset(tail.begin, 'x', kSize);
        const Behind behind(tail);
        EXPECT_EQ(written(tail, 0, most, count, exactly(static_cast<long>(count))),
                  count > kSize ? past_end(tail, "writes", count, 0) : "");
        EXPECT_EQ(std::string(tail.begin, kSize), is(std::min(count, kSize)));
        if (tail.kind == BlockKind::kSmall) {
          EXPECT_EQ(behind.written(), count > kSize ? count - kSize : 0);
        }
      }
      EXPECT_EQ(written(tail, 0, most, 3, exactly(-1)), "");
    }
  }
}

TEST_F(DetourTest, OfAnExactResultTheProgramKeepsWhatIsBehindIt) {
  for (const Tail& tail : tails(kSize)) {
    std::memset(tail.begin, 'x', kSize);
    EXPECT_EQ(written(tail, 0, kSize + 1, 5, exactly(2)), "");
    EXPECT_EQ(std::string(tail.begin, kSize), is(2));
    // Where it is not known how much was written, all that there is room for comes back.
    EXPECT_EQ(written(tail, 0, kSize + 1, 5, at_least(2)), "");
    EXPECT_EQ(std::string(tail.begin, kSize), is(5));
    EXPECT_EQ(written(tail, 3, kSize, 7, at_least(2)), "");
    EXPECT_EQ(std::string(tail.begin, kSize), "wwwwwwwwww");
    const Behind behind(tail);
    EXPECT_EQ(written(tail, 0, kSize + 2, kSize + 2, at_least(kSize + 1)),
              past_end(tail, "writes", kSize + 1, 0));
    if (tail.kind == BlockKind::kSmall) {
      EXPECT_EQ(behind.written(), 1U);
    }
  }
}

TEST_F(DetourTest, AResultThatIsMoreThanTheBoundWroteNoMoreThanThat) {
  for (const Tail& tail : tails(kSize)) {
    const Behind behind(tail);
    EXPECT_EQ(written(tail, 0, kSize + 1, kSize + 1, exactly(1000)), past_end(tail, "writes", kSize + 1, 0));
  }
}

TEST_F(DetourTest, ABoundOfMoreThanTheKernelTransfersIsNone) {
  const LibraryCall site(call(), __builtin_frame_address(0));
  const Tail small = tail(BlockKind::kSmall, kSize);
  const Detour beyond(small.begin, kMostAtOnce + 1);
  EXPECT_EQ(beyond.place<char*>(), small.begin);
  IoVector vector{small.begin, kMostAtOnce + 1};
  const ScatteredDetour scattered(&vector, 1);
  EXPECT_EQ(scattered.place(), &vector);

  void* const pages = lend_pages(kMostAtOnce);
  if (pages == nullptr) GTEST_SKIP() << "there is no room for as much";
  give_back_pages(pages, kMostAtOnce);
  Detour longest(small.begin, kMostAtOnce);
  EXPECT_NE(longest.place<char*>(), small.begin);
  longest.end(site, exactly(0));
}

TEST_F(DetourTest, WithoutPagesTheCallWritesWhereTheProgramSaid) {
  const LibraryCall site(call(), __builtin_frame_address(0));
  const Tail small = tail(BlockKind::kSmall, kSize);
  Detour beyond(small.begin, SIZE_MAX);
  EXPECT_EQ(beyond.returned(small.begin), small.begin);
  beyond.end(site, exactly(kSize + 1));
  EXPECT_EQ(heard(), past_end(small, "writes", kSize + 1, 0));
  IoVector vector{small.begin, SIZE_MAX};
  ScatteredDetour scattered(&vector, 1);
  scattered.end(site, kSize + 2);
  EXPECT_EQ(heard(), past_end(small, "writes", kSize + 2, 0));
  EXPECT_EQ(std::string(small.begin, kSize), is(0));
}

TEST_F(DetourTest, ScatteredIsNeededWhereAPlaceIsTooShort) {
  char outside[8] = "";
  for (const Tail& tail : tails(kSize)) {
    std::vector<IoVector> vectors = {{outside, 1000}, {tail.begin, kSize}, {outside, 7}};
    EXPECT_FALSE(ScatteredDetour::is_needed(vectors.data(), 3));
    vectors[1].size = kSize + 1;
    EXPECT_TRUE(ScatteredDetour::is_needed(vectors.data(), 3));
    EXPECT_TRUE(ScatteredDetour::is_needed(vectors.data(), 2));
    EXPECT_FALSE(ScatteredDetour::is_needed(vectors.data(), 1));
    vectors.resize(kMostVectors, {outside, 1});
    EXPECT_TRUE(ScatteredDetour::is_needed(vectors.data(), kMostVectors));
    vectors.push_back({outside, 1});
    EXPECT_FALSE(ScatteredDetour::is_needed(vectors.data(), kMostVectors + 1));
  }
}

TEST_F(DetourTest, ScatteredWritesGoToEachPlaceInTurn) {
  char outside[8] = "";
  for (const Tail& tail : tails(kSize)) {
    const Tail second = this->tail(tail.kind, kSize);
    for (long result = -1; result <= 2 * static_cast<long>(kSize) + 10; ++result) {
      std::memset(outside, 'x', sizeof outside);
      std::memset(tail.begin, 'x', kSize);
      std::memset(second.begin, 'x', kSize);
      const Behind behind(tail);
      const Behind behind_second(second);
      const std::size_t all = result > 0 ? static_cast<std::size_t>(result) : 0;
      const std::size_t first = std::min<std::size_t>(all, kSize + 2);
      const std::size_t out = std::min<std::size_t>(all - first, 5);
      const std::size_t last = std::min<std::size_t>(all - first - out, kSize + 3);
      EXPECT_EQ(scattered({{tail.begin, kSize + 2}, {outside, 5}, {second.begin, kSize + 3}}, 3, result),
                (first > kSize ? past_end(tail, "writes", first, 0) : "") +
                    (last > kSize ? past_end(second, "writes", last, 0) : ""))
          << result;
      EXPECT_EQ(std::string(tail.begin, kSize), is(std::min(first, kSize)));
      EXPECT_EQ(std::string(outside, 8), is(out, 8));
      EXPECT_EQ(std::string(second.begin, kSize), is(std::min(last, kSize)));
    }
  }
}

TEST_F(DetourTest, WhatIsBehindTheListIsNoneOfTheCalls) {
  const Tail small = tail(BlockKind::kSmall, kSize);
  const Tail other = tail(BlockKind::kSmall, kSize);
  EXPECT_EQ(scattered({{small.begin, kSize}, {other.begin, 100}}, 1, 1000), "");
  EXPECT_EQ(std::string(other.begin, kSize), is(0));
}

TEST_F(DetourTest, ScatteredWritesHaveAlignedRoomOfTheirOwn) {
  const Tail small = tail(BlockKind::kSmall, kSize);
  char outside[8] = "";
  for (std::size_t count = 1; count <= 9; ++count) {
    for (const std::size_t size : {kSize + 1, std::size_t{64}, std::size_t{65}, std::size_t{1000}}) {
      std::vector<IoVector> vectors(count, {small.begin, size});
      vectors.push_back({outside, 5});
      const LibraryCall site(call(), __builtin_frame_address(0));
      ScatteredDetour detour(vectors.data(), count + 1);
      EXPECT_EQ(detour.place()[count].base, outside);
      const char* before = reinterpret_cast<const char*>(detour.place() + count + 1);
      for (std::size_t i = 0; i < count; ++i) {
        const auto* const base = static_cast<const char*>(detour.place()[i].base);
        EXPECT_EQ(address_of(base) % 64, 0U);
        EXPECT_GE(base, before);
        EXPECT_LT(base, before + 64);
        before = base + size;
      }
      detour.end(site, 0);
    }
  }
}

TEST_F(DetourTest, APlaceThatNeedsNoRoomMayBeOfAnyLength) {
  const LibraryCall site(call(), __builtin_frame_address(0));
  const Tail small = tail(BlockKind::kSmall, kSize);
  char outside[8] = "";
  IoVector vectors[] = {{outside, SIZE_MAX}, {small.begin, kSize + 1}};
  ScatteredDetour detour(vectors, 2);
  EXPECT_EQ(detour.place()[0].base, outside);
  EXPECT_NE(detour.place()[1].base, small.begin);
  detour.end(site, 0);
}

TEST_F(DetourTest, ScatteredRoomIsAsLongAsAllPlacesTogether) {
  const Tail small = tail(BlockKind::kSmall, kSize);
  const std::size_t mapped = pages_mapped();
  for (std::size_t size = 4096 - 3 * 64; size <= 4096 + 64; size += 8) {
    const LibraryCall site(call(), __builtin_frame_address(0));
    IoVector vector{small.begin, size};
    ScatteredDetour detour(&vector, 1);
    EXPECT_EQ(address_of(detour.place()[0].base), address_of(detour.place()) + 64);
    const std::size_t bytes = 64 + align_up(size, std::size_t{64});
    EXPECT_EQ(pages_mapped() - mapped, (bytes + 16 + 4095) / 4096) << size;
    detour.end(site, 0);
  }
}

TEST_F(DetourTest, WhatIsReadOfManyPlacesIsLookedAtInEach) {
  const LibraryCall site(call(), __builtin_frame_address(0));
  for (const Tail& tail : tails(kSize)) {
    char outside[8] = "";
    std::vector<IoVector> vectors = {{tail.begin, kSize}, {outside, 1000}, {tail.begin + 1, kSize}};
    check_gathered(site, vectors.data(), 2);
    EXPECT_EQ(heard(), "");
    check_gathered(site, vectors.data(), 3);
    EXPECT_EQ(heard(), past_end(tail, "reads", kSize, 1));
    check_gathered(site, vectors.data(), -1);
    EXPECT_EQ(heard(), "");
    vectors.resize(kMostVectors, {outside, 1});
    check_gathered(site, vectors.data(), kMostVectors);
    EXPECT_EQ(heard(), past_end(tail, "reads", kSize, 1));
    vectors.push_back({outside, 1});
    check_gathered(site, vectors.data(), kMostVectors + 1);
    EXPECT_EQ(heard(), "");
  }
}

TEST_F(DetourTest, TheListOfPlacesIsReadAsWell) {
  const LibraryCall site(call(), __builtin_frame_address(0));
  const Tail list = tail(BlockKind::kSmall, 2 * sizeof(IoVector) - 1);
  std::memset(list.begin, 0, list.size);
  check_gathered(site, reinterpret_cast<IoVector*>(list.begin), 1);
  EXPECT_EQ(heard(), "");
  check_gathered(site, reinterpret_cast<IoVector*>(list.begin), 2);
  EXPECT_EQ(heard(), past_end(list, "reads", 2 * sizeof(IoVector), 0));
}

TEST_F(DetourTest, AllPartsOfAMessageAreRead) {
  const LibraryCall site(call(), __builtin_frame_address(0));
  for (const Tail& tail : tails(kSize)) {
    IoVector vector{tail.begin, kSize};
    IoMessage message{tail.begin, kSize, &vector, 1, tail.begin, kSize, 0};
    check_gathered(site, &message);
    EXPECT_EQ(heard(), "");
    message.name_size = kSize + 1;
    check_gathered(site, &message);
    EXPECT_EQ(heard(), past_end(tail, "reads", kSize + 1, 0));
    message.name_size = 0;
    message.control_size = kSize + 2;
    check_gathered(site, &message);
    EXPECT_EQ(heard(), past_end(tail, "reads", kSize + 2, 0));
    message.control_size = 0;
    vector.size = kSize + 3;
    check_gathered(site, &message);
    EXPECT_EQ(heard(), past_end(tail, "reads", kSize + 3, 0));
    message.count = 0;
    check_gathered(site, &message);
    EXPECT_EQ(heard(), "");
  }
  const Tail short_one = tail(BlockKind::kSmall, sizeof(IoMessage));
  std::memset(short_one.begin, 0, short_one.size);
  check_gathered(site, reinterpret_cast<const IoMessage*>(short_one.begin));
  EXPECT_EQ(heard(), "");
}

}  // namespace
}  // namespace padlock::runtime::detour_checks
