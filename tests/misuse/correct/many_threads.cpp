// 300 short-lived threads, which leave blocks behind for others to free.
// expect: nothing
#include <thread>
#include <vector>

#include "../misuse.h"

int main() {
  std::vector<char*> left(300);
  for (std::size_t i = 0; i < left.size(); i += 2) {
    std::thread first([&left, i] { left[i] = static_cast<char*>(malloc(i)); });
    std::thread second([&left, i] { left[i + 1] = new char[i * 100]; });
    first.join();
    second.join();
  }
  for (std::size_t i = 0; i < left.size(); i += 2) {
    free(left[i]);
    delete[] left[i + 1];
  }
  return 0;
}
