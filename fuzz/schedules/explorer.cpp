// Breadth first: all schedules with one deviation, then those with two. Which words are shared is learned by
// running, so a level is gone through again until its runs have shown no new one.
#include "schedules/explorer.h"

#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <utility>

#include "model/require.h"
#include "schedules/scheduler.h"

namespace padlock::fuzz {
namespace {

constexpr rlim_t kMostSeconds = 60;  // of processor time for a run

}  // namespace

Explorer::Explorer(std::function<void()> play, const Bounds& bounds)
    : play_(std::move(play)), bounds_(bounds) {
  // What the explorer remembers must not lie where a run would map its memory: runs would differ.
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_ARENA_MAX, 1);
  void* const memory = mmap(nullptr, sizeof(RunLog), PROT_READ | PROT_WRITE,
                            MAP_SHARED | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
  require(memory != MAP_FAILED, "there is memory for a log");
  log_ = static_cast<RunLog*>(memory);
}

Explorer::~Explorer() { munmap(log_, sizeof(RunLog)); }

bool Explorer::run(const Schedule& schedule) {
  ++ran_;
  std::fflush(nullptr);
  const pid_t child = fork();
  require(child >= 0, "a process begins");
  if (child == 0) {
    const rlimit none{0, 0};
    const rlimit limit{kMostSeconds, kMostSeconds};
    setrlimit(RLIMIT_CORE, &none);
    setrlimit(RLIMIT_CPU, &limit);
    alarm(static_cast<unsigned>(10 * kMostSeconds));
    scheduler.begin(schedule, *log_);
    play_();
    std::fflush(nullptr);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  if (WIFEXITED(status) && WEXITSTATUS(status) == 0 && log_->used == schedule.size()) return true;
  if (WIFEXITED(status) && (WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == kDoesNotFit)) {
    ++left_out_;
    return false;
  }
  std::fprintf(stderr, "schedule %zu fails (status %d): PADLOCK_SCHEDULE='%s'\n", ran_, status,
               to_text(schedule).c_str());
  std::printf("%zu schedules\n", ran_);
  std::fflush(nullptr);
  std::abort();
}

// False where there have been enough.
bool Explorer::visit(const Schedule& schedule, std::size_t preemptions, std::vector<Moments>& next) {
  if (ran_ >= bounds_.schedules) {
    complete_ = false;
    return false;
  }
  if (!run(schedule)) return true;
  Moments moments{schedule, preemptions, {}, schedule.empty() ? 0 : schedule.back().event + std::size_t{1}};
  if (schedule.size() < bounds_.deviations) {
    const std::size_t end = std::min(log_->size, RunLog::kMostEvents);
    moments.events.assign(log_->events.begin() + static_cast<std::ptrdiff_t>(std::min(moments.first, end)),
                          log_->events.begin() + static_cast<std::ptrdiff_t>(end));
  }
  next.push_back(std::move(moments));
  return true;
}

void Explorer::expand(const Moments& from, std::vector<Moments>& next) {
  std::set<std::pair<std::size_t, std::size_t>> done;
  for (bool more = true; std::exchange(more, false);) {
    for (std::size_t i = 0; i < from.events.size(); ++i) {
      const Event& event = from.events[i];
      const bool preempts = event.moment == Moment::kAccess;
      if (preempts && from.preemptions == bounds_.preemptions) continue;
      const bool shared = !preempts || log_->is_shared(event.address);
      for (std::uint8_t thread = 0; thread < kChoices; ++thread) {
        // What a signal handler meets is its own thread's as well.
        if (!shared && thread != kBySignal) continue;
        if ((event.others >> thread & 1U) == 0 || !done.insert({i, thread}).second) continue;
        more = true;
        Schedule schedule = from.schedule;
        schedule.push_back({static_cast<std::uint32_t>(from.first + i), thread});
        if (!visit(schedule, from.preemptions + (preempts ? 1 : 0), next)) return;
      }
    }
  }
}

bool Explorer::is_repeated(const std::vector<Event>& before) const {
  return std::ranges::mismatch(before, log_->events, [](const Event& one, const Event& other) {
           return one.address == other.address && one.thread == other.thread && one.others == other.others;
         }).in1 == before.end();
}

// The same schedule is the same run, but for one in some thousands, which what the system does has made
// another: nothing is built on that one.
void Explorer::begin(std::vector<Moments>& level) {
  constexpr int kMostTries = 5;
  for (int tries = 0; tries < kMostTries; ++tries) {
    level.clear();
    visit({}, 0, level);
    if (run({}) && (bounds_.deviations == 0 || is_repeated(level.front().events))) return;
  }
  fail("a run can be repeated");
}

std::size_t Explorer::explore() {
  std::vector<Moments> level;
  begin(level);
  for (std::size_t deviations = 1; deviations <= bounds_.deviations; ++deviations) {
    std::vector<Moments> next;
    for (const Moments& from : level) expand(from, next);
    level = std::move(next);
  }
  require(left_out_ <= ran_ / 4, "schedules fit their script", {{"left out", left_out_}, {"of", ran_}});
  return ran_;
}

}  // namespace padlock::fuzz
