// Blocks that cross the border between the program and a library, and pairs that are wrong whatever the
// library has: what the first argument says.
#include <cxxabi.h>

#include <cstdlib>
#include <cstring>
#include <string_view>

#include "library.h"

int main(int count, char** arguments) {
  const std::string_view what = count > 1 ? arguments[1] : "";
  if (what == "made_there") {
    for (int i = 0; i < 100; ++i) delete make_thing();
  } else if (what == "dropped_there") {
    for (int i = 0; i < 100; ++i) drop_thing(new Thing);
  } else if (what == "delete_of_strdup") {
    delete strdup("text");
  } else if (what == "delete_of_demangled") {
    delete abi::__cxa_demangle("_Z3foov", nullptr, nullptr,
                               nullptr);  // the C++ library's malloc, not its new
  } else if (what == "delete_of_malloc") {
    delete static_cast<Thing*>(std::malloc(sizeof(Thing)));
  } else if (what == "free_of_new") {
    std::free(new Thing);
  } else {
    return 2;
  }
  return 0;
}
