// Threads end while another one has all of them wait outside the allocator: to trim, to check, to count or to
// fork, or since much has been idle for long. No block is handed out twice, and nothing is reported.
// Argument: rounds of each kind.
#include <malloc.h>
#include <pthread.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <cstring>
#include <span>

#include "check.h"
#include "padlock/padlock.h"

namespace {

using Clock = std::chrono::steady_clock;
constexpr std::size_t kBlocks = 6000;

std::atomic<bool> ready{false};

// Each block holds its own address as long as it is held: written twice, one of the two is lost.
void hold_and_free(std::size_t count, std::size_t step) {
  static thread_local std::uintptr_t* array[3 * kBlocks];
  const std::span<std::uintptr_t*> held(array, count);
  for (std::size_t i = 0; i < count; ++i) {
    held[i] = static_cast<std::uintptr_t*>(std::malloc(16 + i * step % 900));
    *held[i] = reinterpret_cast<std::uintptr_t>(&held[i]);
  }
  for (std::uintptr_t*& block : held) {
    CHECK(*block == reinterpret_cast<std::uintptr_t>(&block));
    std::free(block);
  }
}

// Some time after it has filled its cache, it ends: while the other side stands in the middle of its work.
// Nothing is freed on the way: that would wait for the other side to be done.
void* live(void* round) {
  const auto seed = reinterpret_cast<std::uintptr_t>(round);
  for (int i = 0; i < 2; ++i) hold_and_free(kBlocks, 37);
  const auto end = Clock::now() + std::chrono::nanoseconds(seed * 2654435761 % 400000);
  ready = true;
  while (Clock::now() < end) {
  }
  return nullptr;
}

void fork_and_wait() {
  const pid_t child = fork();
  CHECK(child >= 0);
  if (child == 0) {
    hold_and_free(10, 3);
    _exit(0);
  }
  int status = 0;
  CHECK(waitpid(child, &status, 0) == child && status == 0);
}

// What is idle for a second goes back to the system when caches meet their arena.
void let_be_given_back() { hold_and_free(3 * kBlocks, 41); }

void trim() { malloc_trim(0); }
void check() { CHECK(padlock_check_heap() == 0); }
void count() { CHECK(mallinfo2().uordblks < std::size_t{1} << 40); }

void play(void (*other_side)(), std::size_t rounds) {
  for (std::uintptr_t round = 0; round < rounds; ++round) {
    ready = false;
    pthread_t thread;
    CHECK(pthread_create(&thread, nullptr, live, reinterpret_cast<void*>(round)) == 0);
    while (!ready) {
    }
    do other_side();
    while (pthread_tryjoin_np(thread, nullptr) != 0);
    if (round % 8 == 0) hold_and_free(3 * kBlocks, 37);
  }
}

}  // namespace

int main(int, char** arguments) {
  const auto rounds = static_cast<std::size_t>(std::atol(arguments[1]));
  for (const auto other_side : {trim, check, count, fork_and_wait, let_be_given_back})
    play(other_side, rounds);
  return 0;
}
