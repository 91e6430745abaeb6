// What the C++ library keeps: strings, maps, shared pointers, a thread's function, exceptions, streams.
#include <iostream>
#include <map>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

#include "../leaks.h"

struct Base {
  virtual ~Base() = default;
  int a = 0;
};
struct Other {
  virtual ~Other() = default;
  int b = 0;
};
struct Both : Base, Other {
  std::string text = std::string(100, 'x');
};

std::map<std::string, std::vector<int>> map;
std::shared_ptr<Other> shared;
Other* second_base;
Both* array;
std::exception_ptr exception;

int main() {
  map["a long name that does not fit into a string"] = std::vector<int>(1000);
  shared = std::make_shared<Both>();
  second_base = new Both;
  array = new Both[3];
  try {
    throw std::runtime_error("a text of some length");
  } catch (...) {
    exception = std::current_exception();
  }
  clear_stack();
  return 0;
}
