// The one budget of mappings, and the kernel's limit.
#include "runtime/large/map_budget.h"

#include "os/errno_keeper.h"
#include "os/file_reader.h"

namespace padlock::runtime {

constinit MapBudget map_budget;

std::size_t most_mappings(const char* path) noexcept {
  constexpr std::size_t kUsual = 65530;
  constexpr std::size_t kMost = std::size_t{1} << 31;  // the kernel counts in an int
  const os::ErrnoKeeper keeper;
  os::FileReader file(path);
  std::size_t value = 0;
  for (int byte = file.next(); byte >= '0' && byte <= '9' && value < kMost; byte = file.next()) {
    value = value * 10 + static_cast<std::size_t>(byte - '0');
  }
  return value == 0 ? kUsual : value;
}

}  // namespace padlock::runtime
