// repro legal|misuse FILE: shows an input as text, then as a C++ test, while it runs. Aborts, like the
// harness, where the heap and the model disagree; what was printed up to there is the failing test.
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <iterator>
#include <vector>

#include "player/player.h"

int main(int argc, char** argv) {
  using namespace padlock::fuzz;
  if (argc != 3 || (std::strcmp(argv[1], "legal") != 0 && std::strcmp(argv[1], "misuse") != 0)) {
    std::fprintf(stderr, "usage: repro legal|misuse FILE\n");
    return 2;
  }
  std::ifstream stream(argv[2], std::ios::binary);
  if (!stream) {
    std::fprintf(stderr, "cannot read %s\n", argv[2]);
    return 2;
  }
  const std::vector<char> chars{std::istreambuf_iterator<char>(stream), {}};
  const std::vector<std::uint8_t> bytes(chars.begin(), chars.end());
  const bool misuse = std::strcmp(argv[1], "misuse") == 0;
  const Program program = decode(bytes, misuse ? Dialect::kMisuse : Dialect::kLegal);
  std::printf("/*\n%s*/\n", to_text(program).c_str());
  Transcript transcript(program.setup);
  Player(program, &transcript).play();
  return 0;
}
