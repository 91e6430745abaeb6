// In place of os/lock.cpp, futex.cpp, clock.cpp, file_lock.cpp and thread_end.cpp: waiting is the
// scheduler's, time is made up, and runs of other explorers write to no log of theirs. Memory orders are
// those of the files that it stands for.
#include "os/clock.h"
#include "os/file_lock.h"
#include "os/futex.h"
#include "os/lock.h"
#include "os/thread_end.h"
#include "schedules/scheduler.h"

namespace padlock::os {

using fuzz::scheduler;

// The exchange takes the lock.
void Lock::lock_slowly() noexcept PADLOCK_UNCHECKED_LOCKING {
  while (state_.exchange(kContended, std::memory_order_acquire) != kFree) scheduler.wait_for(&state_);
}

void Lock::wake_one() noexcept { scheduler.wake(&state_); }

void wait_while(std::atomic<std::uint32_t>& word, std::uint32_t seen) noexcept {
  if (word.load(std::memory_order_relaxed) == seen) scheduler.wait_for(&word);
}

void wake_all(std::atomic<std::uint32_t>& word) noexcept { scheduler.wake(&word); }

std::int64_t monotonic_us() noexcept { return scheduler.now(); }
std::int64_t monotonic_ms() noexcept { return monotonic_us() / 1000; }
std::int64_t monotonic_ns() noexcept { return monotonic_us() * 1000; }

void sleep_us(std::int64_t microseconds) noexcept {
  scheduler.pass(microseconds);
  scheduler.give_way();
}
void sleep_ms(std::int64_t milliseconds) noexcept { sleep_us(milliseconds * 1000); }
void give_way() noexcept { scheduler.give_way(); }

FileLock try_lock_file(int /*fd*/) noexcept { return FileLock::kTaken; }
void unlock_file(int /*fd*/) noexcept {}
FileLock try_lock_stream(int /*fd*/) noexcept { return FileLock::kTaken; }
void unlock_stream(int /*fd*/) noexcept {}

bool watch_thread_ends(void (*at_end)() noexcept) noexcept {
  scheduler.at_thread_end(at_end);
  return true;
}
void await_thread_end() noexcept { scheduler.await_thread_end(); }

}  // namespace padlock::os
