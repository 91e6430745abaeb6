// What C++ programs do all day: strings, vectors, maps and hash tables that come and go.
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

#include "kernels.h"

namespace bench {
namespace {

std::string word(Random& random) {
  std::string text;
  for (std::size_t left = 3 + random.below(40); left != 0; --left)
    text += static_cast<char>('a' + random.below(26));
  return text;
}

std::uint64_t index_of_words(Random& random) {
  std::map<std::string, std::vector<std::size_t>> places;
  std::unordered_map<std::string, std::size_t> counts;
  for (std::size_t at = 0; at < 2000; ++at) {
    std::string text = word(random);
    places[text.substr(0, 2)].push_back(at);
    ++counts[std::move(text)];
  }
  std::uint64_t sum = counts.size();
  for (const auto& [text, list] : places) sum += text.size() * list.size() + list.back();
  return sum;
}

}  // namespace

std::uint64_t containers(const Parameters& parameters) {
  std::uint64_t sum = 0;
  Random random(8);
  for (std::uint64_t turn = parameters.times(900); turn != 0; --turn) sum += index_of_words(random);
  return sum;
}

}  // namespace bench
