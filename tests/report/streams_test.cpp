// Where reports go once the program has done something to its standard streams: each call, in the process
// that was started and in a forked child. Every case runs in a process of its own, with files as streams.
#include "report/streams.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <functional>
#include <string>

namespace padlock::report {
namespace {

constexpr int kElsewhere = 40;  // a file that is no stream

int fresh_file() {
  char name[] = "/tmp/padlock_streams_XXXXXX";
  const int fd = mkstemp(name);
  unlink(name);
  return fd;
}

// Which file a descriptor leads to: 'o' for standard output as it was, 'e' for standard error, 'x' for the
// one elsewhere, '-' for none; of its own, not by the number, a capital letter.
class Place {
 public:
  Place()
      : output_(os::identity_of(1)), error_(os::identity_of(2)), elsewhere_(os::identity_of(kElsewhere)) {}

  [[nodiscard]] char of(const os::KeptStream& stream, int number) const {
    const int fd = stream.descriptor();
    const os::FileIdentity now = os::identity_of(fd);
    const char file = now.same(output_) ? 'o' : now.same(error_) ? 'e' : now.same(elsewhere_) ? 'x' : '-';
    return fd == number || file == '-' ? file : static_cast<char>(file - 'a' + 'A');
  }

 private:
  os::FileIdentity output_, error_, elsewhere_;
};

using Deed = std::function<void(Streams&)>;

void in_child(const std::function<void()>& work) {
  const pid_t child = fork();
  if (child == 0) {
    work();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
}

// Two letters, of standard error and of output, after `deed`; `forked`: in a child's child, too.
std::string after(const Deed& deed, bool forked, bool keeps_output = true) {
  int channel[2];
  if (pipe(channel) != 0) return "";
  in_child([&] {
    const int channel_copy = fcntl(channel[1], F_DUPFD, 60);
    rlimit limit{1024, 1024};
    setrlimit(RLIMIT_NOFILE, &limit);
    for (const int number : {1, 2, kElsewhere}) dup2(fresh_file(), number);
    const Place place;
    Streams streams;
    streams.keep(keeps_output);
    const auto act = [&] {
      if (forked) streams.after_fork();
      deed(streams);
      const char letters[] = {place.of(streams.error(), 2), place.of(streams.output(), 1)};
      if (write(channel_copy, letters, 2) != 2) _exit(1);
    };
    if (forked) {
      in_child(act);
    } else {
      act();
    }
  });
  close(channel[1]);
  char letters[2] = {};
  const ssize_t count = read(channel[0], letters, 2);
  close(channel[0]);
  return {letters, static_cast<std::size_t>(std::max<ssize_t>(count, 0))};
}

Deed closes(int number) {
  return [number](Streams& streams) {
    streams.on_close(number);
    close(number);
  };
}

Deed redirects(int from, int to) {
  return [from, to](Streams& streams) {
    streams.on_redirect(from, to);
    dup2(from, to);
  };
}

TEST(Streams, AreKeptWhereTheyWere) {
  EXPECT_EQ(after([](Streams&) {}, false), "EO");
  EXPECT_EQ(after([](Streams&) {}, true), "EO");
  EXPECT_EQ(after([](Streams&) {}, false, false), "Eo");
}

TEST(Streams, OutliveACloseInTheProcessThatWasStarted) {
  EXPECT_EQ(after(closes(2), false), "EO");
  EXPECT_EQ(after(closes(1), false), "EO");
  EXPECT_EQ(after(closes(1), false, false), "E-");
  EXPECT_EQ(after(closes(kElsewhere), true), "EO");
}

// A reader at the other end waits for the last descriptor.
TEST(Streams, AreLetGoByAChildThatClosesThem) {
  EXPECT_EQ(after(closes(2), true), "-O");
  EXPECT_EQ(after(closes(1), true), "E-");
}

TEST(Streams, FollowARedirectionWhereTheyCannotStay) {
  EXPECT_EQ(after(redirects(kElsewhere, 2), false), "EO");
  EXPECT_EQ(after(redirects(kElsewhere, 2), true), "xO");
  EXPECT_EQ(after(redirects(kElsewhere, 1), true), "Ex");
  EXPECT_EQ(after(redirects(1, 2), true), "oO");
  EXPECT_EQ(after(redirects(2, 1), true), "Ee");
  EXPECT_EQ(after(redirects(2, 2), true), "EO");
  EXPECT_EQ(after(redirects(2, kElsewhere), true), "EO");
  EXPECT_EQ(after(redirects(70, 2), true), "EO");  // nothing is open there
}

TEST(Streams, MakeWayForTheProgramsDescriptors) {
  EXPECT_EQ(
      after([](Streams& streams) { redirects(kElsewhere, streams.error().descriptor())(streams); }, false),
      "EO");
  EXPECT_EQ(
      after([](Streams& streams) { redirects(kElsewhere, streams.output().descriptor())(streams); }, false),
      "EO");
}

TEST(Streams, AreLetGoByAChildThatReopensOrLeaves) {
  EXPECT_EQ(after([](Streams& streams) { streams.on_reopen(2); }, false), "EO");
  EXPECT_EQ(after([](Streams& streams) { streams.on_reopen(2); }, true), "eO");
  EXPECT_EQ(after([](Streams& streams) { streams.on_reopen(1); }, true), "Eo");
  EXPECT_EQ(after([](Streams& streams) { streams.on_detach(); }, false), "EO");
  EXPECT_EQ(after([](Streams& streams) { streams.on_detach(); }, true), "eo");
  const auto becomes_daemon = [](Streams& streams) {
    streams.detach_next_child();
    in_child([&] {
      streams.after_fork();
      dup2(kElsewhere, 2);
    });
    streams.after_fork();
  };
  EXPECT_EQ(after(becomes_daemon, true), "eo");
}

// One that keeps streams again, and has a child of its own, which is none that is detached.
TEST(Streams, OneChildAloneIsDetached) {
  const pid_t child = fork();
  if (child == 0) {
    for (const int number : {1, 2}) dup2(fresh_file(), number);
    Streams streams;
    streams.keep(true);
    streams.detach_next_child();
    streams.after_fork();
    streams.keep(true);
    const pid_t another = fork();
    if (another == 0) {
      streams.after_fork();
      _exit(streams.error().descriptor() != 2 && streams.output().descriptor() != 1 ? 7 : 8);
    }
    int status = 0;
    waitpid(another, &status, 0);
    _exit(WEXITSTATUS(status));
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

TEST(Streams, HoldTheirOwnDescriptorsAtHomeOnly) {
  const auto held = [](bool forked) {
    std::string letters;
    after(
        [&](Streams& streams) {
          const int error = streams.error().descriptor();
          const int output = streams.output().descriptor();
          const bool both = streams.hold(error) && streams.hold(output);
          const bool others =
              streams.hold(1) || streams.hold(2) || streams.hold(-1) || streams.hold(kElsewhere);
          const auto low = static_cast<unsigned>(std::min(error, output));
          const auto high = static_cast<unsigned>(std::max(error, output));
          const bool next = low >= 1000 && streams.next_kept(0) == low && streams.next_kept(low) == low &&
                            streams.next_kept(low + 1) == high && streams.next_kept(high) == high &&
                            streams.next_kept(high + 1) == ~0U;
          dup2(kElsewhere, 2);
          if (!next || others) {
            close(error);
            close(output);
          } else if (!both) {
            close(error);
          }
        },
        forked)
        .swap(letters);
    return letters;
  };
  EXPECT_EQ(held(false), "EO");
  EXPECT_EQ(held(true), "-O");
}

// A terminal or the null device is no file of the program's.
TEST(Streams, TakeADeviceThatIsThere) {
  const auto opens_null = [](Streams& streams) {
    closes(2)(streams);
    dup2(open("/dev/null", O_WRONLY), 2);
  };
  std::string letters = after(opens_null, true);
  EXPECT_EQ(letters, "-O");
  const auto writes_there = [&](Streams& streams) {
    opens_null(streams);
    if (streams.error().descriptor() != 2) close(streams.output().descriptor());
  };
  EXPECT_EQ(after(writes_there, true), "-O");
}

}  // namespace
}  // namespace padlock::report
