// repro legal|misuse|hostile|caches|threads FILE: shows an input as text, then as a C++ test. A heap program
// is shown while it runs: it aborts, like the harness, where the heap and the model disagree; what was
// printed up to there is the failing test.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstdio>
#include <fstream>
#include <iterator>
#include <string_view>
#include <vector>

#include "player/hostile.h"
#include "player/player.h"
#include "threads/script.h"

namespace {

using namespace padlock::fuzz;
using Bytes = std::vector<std::uint8_t>;

void show_program(const Bytes& bytes, Dialect dialect) {
  const Program program = decode(bytes, dialect);
  std::printf("/*\n%s*/\n", to_text(program).c_str());
  Transcript transcript(program.setup);
  if (dialect == Dialect::kHostile) {
    HostilePlayer(program, &transcript).play();
  } else {
    Player(program, &transcript).play();
  }
}

void show_script(const Bytes& bytes) {
  const std::vector<Step> script = decode_script(bytes);
  std::printf("/*\n");
  for (const Step& step : script) std::printf("%s\n", to_text(step).c_str());
  std::printf("*/\n%s", to_test(script).c_str());
}

}  // namespace

int main(int argc, char** argv) {
  const std::string_view language = argc == 3 ? argv[1] : "";
  constexpr std::array<std::string_view, 5> kLanguages = {"legal", "misuse", "hostile", "caches", "threads"};
  if (std::ranges::find(kLanguages, language) == kLanguages.end()) {
    std::fprintf(stderr, "usage: repro legal|misuse|hostile|caches|threads FILE\n");
    return 2;
  }
  std::ifstream stream(argv[2], std::ios::binary);
  if (!stream) {
    std::fprintf(stderr, "cannot read %s\n", argv[2]);
    return 2;
  }
  const std::vector<char> chars{std::istreambuf_iterator<char>(stream), {}};
  const Bytes bytes(chars.begin(), chars.end());
  if (language == "threads") {
    show_script(bytes);
  } else if (language == "caches") {
    const Program program = decode(bytes, Dialect::kMisuse);
    std::printf("/*\n%s*/\n%s", to_text(program).c_str(), to_test(program).c_str());
  } else {
    show_program(bytes, language == "legal"    ? Dialect::kLegal
                        : language == "misuse" ? Dialect::kMisuse
                                               : Dialect::kHostile);
  }
  return 0;
}
