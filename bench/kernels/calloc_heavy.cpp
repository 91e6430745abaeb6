// Zeroed tables of all sizes, few of whose words are ever written.
#include <vector>

#include "kernels.h"

namespace bench {

std::uint64_t calloc_heavy(const Parameters& parameters) {
  std::vector<std::uint64_t*> tables(1000);
  std::uint64_t sum = 0;
  Random random(5);
  for (std::uint64_t turn = parameters.times(4'000'000); turn != 0; --turn) {
    std::uint64_t*& table = tables[random.below(tables.size())];
    if (table != nullptr) sum += table[0] + table[1] + 1;
    std::free(table);
    const std::size_t words = random.below(100) == 0 ? random.size(9, 13) : random.size(1, 7);
    table = static_cast<std::uint64_t*>(checked(std::calloc(words, sizeof(*table))));
    sum += table[words - 1];  // zero, or the allocator is wrong
    table[random.below(2)] = turn;
  }
  for (std::uint64_t* table : tables) std::free(table);
  return sum;
}

}  // namespace bench
