// exit() called by a thread while others allocate, with static destructors and atexit handlers that allocate
// too.
#include <unistd.h>

#include <cstring>
#include <string>
#include <thread>
#include <vector>

#include "check.h"

namespace {

struct Global {
  std::vector<std::string> strings;
  ~Global() { strings.emplace_back(10000, 'd'); }
} global;

void at_exit() { global.strings.emplace_back(1000, 'e'); }

void churn() {
  for (std::size_t i = 0;; ++i) std::free(std::malloc(i * 61 % 5000));
}

}  // namespace

int main() {
  global.strings.emplace_back("first");
  CHECK(std::atexit(at_exit) == 0);
  for (int i = 0; i < 3; ++i) std::thread(churn).detach();
  std::thread([] {
    usleep(20000);
    std::exit(3);
  }).join();
}
