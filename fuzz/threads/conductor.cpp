// One step after the other: what each has to return and to report.
#include "threads/conductor.h"

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <mutex>
#include <utility>

#include "base/arith.h"
#include "model/require.h"
#include "runtime/calls/allocator.h"
#include "runtime/calls/checks.h"
#include "runtime/calls/trim.h"
#include "runtime/process/api.h"
#include "support/operations.h"
#include "threads/calls.h"
#include "threads/looks.h"

namespace padlock::fuzz {
namespace {

using core::Origin;

constexpr int kErrno = 77;  // what errno must still be after a call that succeeds
// Beyond, the runtime's table of what it has reported may be full, and faults are reported again.
constexpr std::uint64_t kMostRemembered = 1000;
constexpr std::size_t kLargest = 60 * 1024;  // blocks below are not large

std::mutex told_mutex;
std::vector<Told> told_now;
std::uint64_t told_ever = 0;

void note(const padlock_fault* fault, void*) {
  const std::lock_guard lock(told_mutex);
  told_now.push_back({.kind = fault->kind,
                      .block = fault->block,
                      .offset = fault->damage_offset,
                      .length = fault->damage_length,
                      .accessed = is_look(fault->call) ? address_of(fault->address) : 0});
  ++told_ever;
}

void print_step(const void* context) {
  std::fprintf(stderr, "while: %s\n", to_text(*static_cast<const Step*>(context)).c_str());
}

void print(const char* what, const Told& told) {
  std::fprintf(stderr, "%s: %s block %p offset %ld length %lu\n", what, told.kind.c_str(), told.block,
               static_cast<long>(told.offset), static_cast<unsigned long>(told.length));
}

__attribute__((noinline)) trace::FrameState here() { return PADLOCK_CALLER_STATE(); }

padlock_statistics statistics_now() {
  padlock_statistics all = {};
  all.size = sizeof all;
  runtime::fill_stats(&all);
  return all;
}

std::size_t alignment_of(const Step& step) { return std::size_t{1} << (step.extra % 14); }

// The quick path first, or the long way alone: half of the threads each.
bool is_quick(const Step& step) { return step.thread % 2 == 0; }

}  // namespace

Conductor::Conductor(Crew& crew, std::vector<Step> script) : crew_(crew), script_(std::move(script)) {
  std::signal(Crew::kSignalNumber, &Conductor::on_signal);
  runtime::set_fault_callback(note, nullptr);
  runtime::release(runtime::allocate({1}, here()), {}, here());
  before_ = statistics_now();
}

void Conductor::play() {
  Operations::add(script_.size());
  for (std::size_t i = 0; i < script_.size();) {
    set_context(&print_step, &script_[i]);
    if (script_[i].action == Action::kTogether) {
      i = play_together(i + 1);
    } else {
      step(script_[i]);
      ++i;
    }
    verify();
  }
  set_context(nullptr, nullptr);
  Step last;
  last.action = Action::kFree;
  for (std::size_t i = 0; i < kHeld; ++i) {
    if (!holdings_.at(i).present()) continue;
    last.place = static_cast<std::uint8_t>(i);
    last.thread = static_cast<std::uint8_t>(i % kThreads);
    step(last);
  }
  last.action = Action::kCheck;
  step(last);
  verify();
}

void Conductor::step(const Step& step) {
  if (step.action == Action::kEndThread) return crew_.end(step.thread);
  if (step.action == Action::kGuards) return guards_.set_up(step.extra);
  crew_.run(step.thread, [&] {
    errno = kErrno;
    if (step.action == Action::kIdle) return leave_idle(step);
    if (step.is_concurrent()) {
      make(step);
      raise_awaited(step.thread);
    } else {
      misuse(step);
    }
  });
}

// Each thread has the places of its own: what lies there may have come from any thread. One that is to end
// does so when it has made its steps.
std::size_t Conductor::play_together(std::size_t first) {
  const std::size_t end = std::min(script_.size(), first + 2 + script_[first - 1].extra % 30);
  std::array<std::vector<Step>, kThreads> parts;
  std::array<bool, kThreads> ending{};
  for (std::size_t i = first; i < end; ++i) {
    Step step = script_[i];
    ending[step.thread] |= step.action == Action::kEndThread;
    if (!step.is_concurrent())
      step.action = static_cast<Action>(static_cast<std::size_t>(step.action) % kConcurrentActions);
    step.place = static_cast<std::uint8_t>(step.place / kThreads * kThreads + step.thread);
    if (holdings_.at(step.place).wound != Wound::kNone && step.action != Action::kCheck) continue;
    parts[step.thread].push_back(step);
  }
  together_ = true;
  wounds_together_ = holdings_.wounds();
  checked_together_ = false;
  for (std::size_t place = 0; place < kHeld; ++place) held_before_[place] = holdings_.at(place);
  std::array<Crew::Task, kThreads> tasks;
  for (std::size_t i = 0; i < kThreads; ++i) {
    if (parts[i].empty()) continue;
    tasks[i] = [this, i, &part = parts[i], ends = ending[i]] {
      errno = kErrno;
      for (const Step& step : part) make(step);
      if (!ends) raise_awaited(i);  // otherwise it may come as the thread ends
    };
  }
  crew_.run_together(std::move(tasks), ending);
  together_ = false;
  awaits_signal_ = {};
  if (checked_together_) expect_wounds();
  for (std::size_t place = 0; place < kHeld; ++place) {
    if (holdings_.at(place).present()) holdings_.verify_apart(place);
  }
  note_together();
  return end;
}

void Conductor::note_together() {
  std::vector<Held> given;
  std::vector<Held> freed;
  for (std::size_t i = 0; i < kThreads; ++i) {
    for (const Held& held : given_together_[i]) holdings_.forget_freed(held);
    given.insert(given.end(), given_together_[i].begin(), given_together_[i].end());
    freed.insert(freed.end(), freed_together_[i].begin(), freed_together_[i].end());
    expected_.insert(expected_.end(), told_together_[i].begin(), told_together_[i].end());
    allowed_.insert(allowed_.end(), allowed_together_[i].begin(), allowed_together_[i].end());
    given_together_[i].clear();
    freed_together_[i].clear();
    told_together_[i].clear();
    allowed_together_[i].clear();
  }
  guards_.note_together(given, freed, holdings_);
}

void Conductor::verify() {
  require_told();
  holdings_.verify();
  const padlock_statistics now = statistics_now();
  require(now.live_blocks - before_.live_blocks == holdings_.live_blocks(), "live blocks are counted",
          {{"told", now.live_blocks - before_.live_blocks}, {"held", holdings_.live_blocks()}});
  require(now.live_bytes - before_.live_bytes == holdings_.live_bytes(), "live bytes are counted",
          {{"told", now.live_bytes - before_.live_bytes}, {"held", holdings_.live_bytes()}});
  require(now.faults - before_.faults == told_, "faults are counted",
          {{"told", told_}, {"counted", now.faults - before_.faults}});
}

// Exactly the expected faults were reported, in any order.
void Conductor::require_told() {
  std::vector<Told> found;
  {
    const std::lock_guard lock(told_mutex);
    found.swap(told_now);
  }
  told_ += found.size();
  std::vector<Told> missing = std::exchange(expected_, {});
  const std::vector<AddressRange> allowed = std::exchange(allowed_, {});
  std::vector<Told> unexpected;
  for (const Told& told : found) {
    const auto match = std::ranges::find_if(missing, [&](const Told& one) { return told.is(one); });
    const bool again = told_ever > kMostRemembered &&
                       std::ranges::any_of(told_before_, [&](const Told& one) { return told.is(one); });
    if (match != missing.end()) {
      missing.erase(match);
      if (told.length != 0) told_before_.push_back(told);
    } else if (!again && std::ranges::none_of(
                             allowed, [&](AddressRange range) { return range.contains(told.accessed); })) {
      unexpected.push_back(told);
    }
  }
  for (const Told& told : unexpected) print("told", told);
  for (const Told& told : missing) print("not told", told);
  require(unexpected.empty(), "no false alarm");
  require(missing.empty(), "a misuse is reported, exactly and at once");
}

void Conductor::make(const Step& step) {
  Held& held = holdings_.at(step.place);
  switch (step.action) {
    case Action::kFree:
      return release_held(step);
    case Action::kReallocate:
      return resize(step);
    case Action::kUsableSize:
      if (!held.present() || held.lost_header()) return;
      require(runtime::usable_size(held.memory, here()) == held.size, "the usable size is the requested size",
              {{"size", held.size}});
      return;
    case Action::kFill:
      if (held.present()) held.fill(step.extra);
      return;
    case Action::kCheck:
      return check(step);
    case Action::kFork:
      return fork_child(step);
    case Action::kSignal:
      return await_signal(step);
    case Action::kLook:
      return look(step);
    case Action::kTrim:
      runtime::trim(here());
      return;
    default:
      return held.present() ? release_held(step) : allocate(step);
  }
}

void Conductor::allocate(const Step& step) {
  const std::size_t size = step.bytes();
  const auto origin = static_cast<Origin>(step.extra % 3);
  switch (step.action) {
    case Action::kAllocateZeroed: {
      auto* memory = static_cast<unsigned char*>(runtime::allocate_zeroed(size, 1, here()));
      require(memory != nullptr && std::all_of(memory, memory + size, [](unsigned char c) { return c == 0; }),
              "calloc gives zeros", {{"size", size}});
      return take(step, memory, 0, Origin::kMalloc);
    }
    case Action::kAllocateAligned: {
      const std::size_t alignment = alignment_of(step);
      return take(step, runtime::allocate_aligned({size, alignment, core::Call::kMemalign}, here()),
                  alignment, Origin::kAligned);
    }
    case Action::kAllocatePosix: {
      const std::size_t alignment = std::max(alignment_of(step), sizeof(void*));
      void* memory = nullptr;
      require(runtime::allocate_posix(&memory, alignment, size, here()) == 0, "posix_memalign succeeds");
      return take(step, memory, alignment, Origin::kAligned);
    }
    default:
      return take(step, allocate_as_malloc(size, origin, is_quick(step)), 0, origin);
  }
}

void Conductor::take(const Step& step, void* memory, std::size_t alignment, Origin origin) {
  require(memory != nullptr && errno == kErrno, "memory is given, and errno kept", {{"size", step.bytes()}});
  Held& held = holdings_.at(step.place);
  held = {};
  held.memory = static_cast<unsigned char*>(memory);
  held.size = step.bytes();
  held.alignment = alignment;
  held.origin = origin;
  const bool by_malloc = step.action != Action::kAllocateZeroed && alignment == 0;
  const Given given{.long_way = !by_malloc || !is_quick(step), .alignment = alignment};
  guards_.look_at(held, given);
  held.fill(step.extra);
  note_given(step, given);
}

// Memory that is somebody's again is no longer known as freed.
void Conductor::note_given(const Step& step, const Given& given) {
  const Held& held = holdings_.at(step.place);
  if (together_) return given_together_[step.thread].push_back(held);  // others change theirs now
  guards_.note_given(held, given);
  holdings_.verify_apart(step.place);
  holdings_.forget_freed(held);
}

void Conductor::release_held(const Step& step) {
  Held& held = holdings_.at(step.place);
  if (!held.present()) return;
  held.verify();
  expect_wound(held);
  release_as_free(held.memory, held.origin, is_quick(step));
  require(errno == kErrno, "free keeps errno");
  note_freed(step, std::exchange(held, {}));
}

void Conductor::note_freed(const Step& step, const Held& held) {
  if (held.guarded && together_) return freed_together_[step.thread].push_back(held);
  if (held.guarded) return guards_.note_closed(held);
  if (!together_) holdings_.note_freed({held.memory, held.size});
}

void Conductor::resize(const Step& step) {
  Held& held = holdings_.at(step.place);
  const std::size_t size = std::max<std::size_t>(step.bytes(), 1);
  // A block of new must not be given to realloc, and one with a lost header would be refused.
  const bool fit = held.present() && !held.lost_header() &&
                   (held.origin == Origin::kMalloc || held.origin == Origin::kAligned);
  if (!fit) return;
  const Held before = held;
  expect_wound(held);
  auto* memory = static_cast<unsigned char*>(reallocate_as_realloc(held.memory, size, is_quick(step)));
  require(memory != nullptr && errno == kErrno, "realloc gives memory, and keeps errno", {{"size", size}});
  const std::size_t kept = std::min(size, held.size);
  held.memory = memory;
  held.size = size;
  held.verify_begin(kept);
  const bool sound = before.wound == Wound::kNone && before.size < kLargest;
  const Given given{.long_way = sound && (before.guarded || !is_quick(step)), .alignment = 0};
  require(!before.guarded || memory != before.memory, "a guarded block is moved by realloc");
  guards_.look_at(held, given);
  held.fill(step.extra);
  note_given(step, given);
  if (before.guarded) note_freed(step, before);
}

void Conductor::check(const Step&) {
  if (together_) {
    checked_together_ = true;
  } else {
    expect_wounds();
  }
  const std::size_t wounds = together_ ? wounds_together_ : holdings_.wounds();
  const std::size_t found = runtime::check_heap(core::Moment::kCheck, here()).all();
  require(found == wounds, "a check finds what is damaged, and nothing else",
          {{"found", found}, {"wounds", wounds}});
  if (!together_) guards_.verify_closed();
}

// By fork, whose handlers run, or bare, in the middle of whatever other threads do.
void Conductor::fork_child(const Step& step) {
  if constexpr (kThreadSanitized) return;  // its locks may be held in the child
  const bool bare = step.extra % 2 != 0;
  const pid_t child = bare ? _Fork() : fork();
  require(child >= 0, "a process begins");
  if (child == 0) {
    crew_.only_survivor();
    live_as_child(step, bare);
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  require(status == 0, "a forked child lives on", {{"status", static_cast<std::uint64_t>(status)}});
}

// Allocates nothing but what it allocates: a sanitizer's heap may be locked.
void Conductor::live_as_child(const Step& step, bool bare) {
  for (std::size_t place = step.thread; place < kHeld; place += kThreads) {
    if (const Held& held = holdings_.at(place); held.present()) held.verify();
  }
  Held& held = holdings_.at(step.place);
  if (held.present() && held.wound == Wound::kNone) release_as_free(held.memory, held.origin, is_quick(step));
  const std::size_t size = std::max<std::size_t>(step.bytes(), 1);
  for (int i = 0; i < 2; ++i) {
    auto* const memory =
        static_cast<unsigned char*>(allocate_as_malloc(size, Origin::kMalloc, is_quick(step)));
    require(memory != nullptr, "a forked child gets memory", {{"size", size}});
    std::fill_n(memory, size, step.extra);
    release_as_free(memory, Origin::kMalloc, is_quick(step));
  }
  const std::size_t wounds = together_ ? wounds_together_ : holdings_.wounds();
  const std::size_t found = runtime::check_heap(core::Moment::kCheck, here()).all();
  // What is half done for good is not looked at.
  require(found == wounds || (bare && found == 0), "a forked child's check finds what is damaged",
          {{"found", found}, {"wounds", wounds}});
}

// A check reports what has not been reported yet.
void Conductor::expect_wounds() {
  for (const Told& told : holdings_.tell_wounds()) expect(told);
}

// The call that is about to be made with a wounded block reports it, unless it was reported before; then it
// is healed.
void Conductor::expect_wound(Held& held) {
  if (held.wound != Wound::kNone && !held.told) expect(held.wound_told());
  held.wound = Wound::kNone;
  held.told = false;
}

}  // namespace padlock::fuzz
