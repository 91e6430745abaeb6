// padlock-guard PATTERN COUNT: does COUNT malloc/free pairs in one of a few fixed ways, for counting
// instructions: two counts under callgrind, their difference divided, give the cost of one pair without
// start-up and exit.
#include <cstdlib>
#include <cstring>

namespace {

void* volatile g_sink = nullptr;

void take(std::size_t size) {
  g_sink = std::malloc(size);
  std::free(g_sink);
}

// The same block again and again.
void same(long count) {
  for (long pair = 0; pair < count; ++pair) take(40);
}

// Sizes in turn, so that no single free list serves all.
void sizes(long count) {
  static constexpr std::size_t kSizes[] = {8, 24, 100, 16, 250, 64, 700, 1500};
  for (long pair = 0; pair < count; ++pair) take(kSizes[pair % 8]);
}

// A queue: the oldest of 512 blocks is freed, so blocks of several ages are idle.
void queue(long count) {
  static void* blocks[512];
  for (long pair = 0; pair < count; ++pair) {
    void*& oldest = blocks[pair % 512];
    std::free(oldest);
    oldest = std::malloc(16 + static_cast<std::size_t>(pair % 7) * 24);
  }
  for (void*& block : blocks) {
    std::free(block);
    block = nullptr;
  }
}

// From changing depths of the stack, so that stack traces differ from call to call.
[[gnu::noinline]] void deep(long depth) {
  if (depth > 0) {
    deep(depth - 1);
    asm volatile("");
    return;
  }
  take(48);
}

void depths(long count) {
  for (long pair = 0; pair < count; ++pair) deep(pair % 13);
}

struct Pattern {
  const char* name;
  void (*run)(long count);
};

constexpr Pattern kPatterns[] = {{"same", same}, {"sizes", sizes}, {"queue", queue}, {"depths", depths}};

}  // namespace

int main(int argc, char** argv) {
  for (const Pattern& pattern : kPatterns) {
    if (argc != 3 || std::strcmp(argv[1], pattern.name) != 0) continue;
    pattern.run(std::atol(argv[2]));
    return 0;
  }
  return 2;
}
