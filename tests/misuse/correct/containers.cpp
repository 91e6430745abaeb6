// The standard library's containers, streams, functions and shared pointers at work in two threads.
// expect: nothing
#include <algorithm>
#include <deque>
#include <functional>
#include <list>
#include <memory>
#include <regex>
#include <sstream>
#include <thread>
#include <unordered_map>

#include "../misuse.h"

static void work(int seed) {
  std::unordered_map<std::string, std::shared_ptr<std::list<int>>> lists;
  std::deque<std::function<int()>> calls;
  for (int i = seed; i < seed + 3000; ++i) {
    std::ostringstream name;
    name << "list number " << i % 97 << " of this test";
    auto& list = lists[name.str()];
    if (!list) list = std::make_shared<std::list<int>>();
    list->push_front(i);
    calls.push_back(
        [list, i, text = name.str()] { return i + static_cast<int>(text.size() + list->size()); });
    if (calls.size() > 100) calls.pop_front();
  }
  const std::regex words("([a-z]+) ([0-9]+)");
  if (!std::regex_search(std::string("number 12"), words) || calls.front()() <= seed) abort();
}

int main() {
  std::thread other(work, 1);
  work(500);
  other.join();
  return 0;
}
