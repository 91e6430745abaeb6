// Forks while other threads allocate: the children allocate, free inherited blocks and exit normally.
// expect: nothing
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <thread>
#include <vector>

#include "../misuse.h"

static std::atomic<bool> stop{false};

static void churn() {
  while (!stop) free(hide(malloc(static_cast<std::size_t>(rand()) % 3000)));
}

static int child(void* inherited) {
  free(inherited);
  std::thread(([] { free(hide(malloc(100))); })).join();
  for (int i = 0; i < 100; ++i) free(hide(malloc(64)));
  return 0;
}

int main() {
  std::vector<std::thread> threads;
  for (int i = 0; i < 3; ++i) threads.emplace_back(churn);
  int failures = 0;
  for (int i = 0; i < 50; ++i) {
    void* block = hide(malloc(200));
    const pid_t pid = fork();
    if (pid == 0) _exit(child(block));
    int status = 1;
    waitpid(pid, &status, 0);
    failures += status != 0;
    free(block);
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  return failures;
}
