// Threads allocate without pause while others fork; the children allocate, start threads and end.
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstring>
#include <thread>
#include <vector>

#include "check.h"

namespace {

std::atomic<bool> stop{false};

void churn() {
  for (unsigned i = 0; !stop; ++i) {
    const std::size_t size = i % 50 == 0 ? 400000 : 1 + i * 37 % 3000;
    auto* block = static_cast<char*>(std::malloc(size));
    std::memset(block, 1, size < 64 ? size : 64);
    block = static_cast<char*>(std::realloc(block, size * 2));
    std::free(block);
  }
}

void child() {
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) {
    threads.emplace_back([] {
      for (int j = 0; j < 100; ++j) std::free(std::malloc(static_cast<std::size_t>(j) * 1000));
    });
  }
  for (std::thread& thread : threads) thread.join();
}

void fork_often() {
  for (int i = 0; i < 12; ++i) {
    const pid_t process = fork();
    CHECK(process >= 0);
    if (process == 0) {
      child();
      _exit(7);
    }
    int status = 0;
    CHECK(waitpid(process, &status, 0) == process);
    CHECK(WIFEXITED(status) && WEXITSTATUS(status) == 7);
  }
}

}  // namespace

int main() {
  std::vector<std::thread> churners;
  for (int i = 0; i < 3; ++i) churners.emplace_back(churn);
  std::thread forker(fork_often);
  fork_often();
  forker.join();
  stop = true;
  for (std::thread& thread : churners) thread.join();
  return 0;
}
