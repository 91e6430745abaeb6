// What one thread allocates another frees, for small, medium and large blocks.
// expect: nothing
#include <condition_variable>
#include <deque>
#include <mutex>
#include <thread>

#include "../misuse.h"

static std::mutex mutex;
static std::condition_variable changed;
static std::deque<char*> queue;

static void produce() {
  for (std::size_t i = 0; i < 20000; ++i) {
    const std::size_t size = i % 1000 == 0 ? 300000 : i % 100 == 0 ? 20000 : i % 200;
    char* buffer = static_cast<char*>(malloc(size));
    memset(buffer, static_cast<int>(i), size);
    const std::lock_guard lock(mutex);
    queue.push_back(buffer);
    changed.notify_one();
  }
}

int main() {
  std::thread first(produce), second(produce);
  for (int i = 0; i < 40000; ++i) {
    std::unique_lock lock(mutex);
    changed.wait(lock, [] { return !queue.empty(); });
    char* buffer = queue.front();
    queue.pop_front();
    lock.unlock();
    free(buffer);
  }
  first.join();
  second.join();
  return 0;
}
