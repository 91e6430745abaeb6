// creep PATTERN GROWTH MOST: a working set of steady size is replaced block by block, many times over. What
// the process has resident must settle: its peak is at most GROWTH percent of that of the run's first tenth,
// in proportion to what is in use at most; and at most MOST percent of the largest number of bytes in use. 0:
// that bound is not checked.
#include <sys/mman.h>
#include <unistd.h>

#include <fcntl.h>
#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <cstring>
#include <string_view>
#include <thread>

#include "check.h"

namespace {

constexpr std::size_t kMostBlocks = 20000;
constexpr int kSamples = 200;

struct Dice {
  std::uint64_t state = 7;
  std::uint64_t below(std::uint64_t limit) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    return (state >> 33) % limit;
  }
  // Every power of two is as likely as any other.
  std::size_t by_power(unsigned powers) {
    const std::size_t power = std::size_t{1} << below(powers);
    return power + below(power);
  }
};

// Without an allocation.
long resident() {
  char text[64] = {};
  const int file = open("/proc/self/statm", O_RDONLY);
  CHECK(read(file, text, sizeof text - 1) > 0);
  close(file);
  return std::strtol(std::strchr(text, ' '), nullptr, 10) * 4096;
}

struct Block {
  char* memory = nullptr;
  std::size_t size = 0;
};

Block blocks[kMostBlocks];
long in_use = 0;
long most_in_use = 0;

// As a program would: it touches what it asked for.
void note(Block& block, void* memory, std::size_t size) {
  CHECK(memory != nullptr);
  block = {static_cast<char*>(memory), size};
  for (std::size_t at = 0; at < size; at += 4096) block.memory[at] = 1;
  in_use += static_cast<long>(size);
  most_in_use = std::max(most_in_use, in_use);
}

void drop(Block& block) {
  std::free(block.memory);
  in_use -= static_cast<long>(block.size);
  block = {};
}

void replace(Block& block, std::size_t size, std::size_t alignment = 0) {
  drop(block);
  if (alignment == 0) return note(block, std::malloc(size), size);
  note(block, std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment), size);
}

Block& any_of(Dice& dice, std::size_t count) { return blocks[dice.below(count)]; }

// A step of each pattern: `done` of 1000 parts of the run are over.
void aligned(Dice& dice, int) {
  const std::size_t alignment = std::size_t{1} << (4 + dice.below(9));
  replace(any_of(dice, 2000), alignment * (1 + dice.below(8)), alignment);
}
void pages(Dice& dice, int) { replace(any_of(dice, 2000), 4096 * (1 + dice.below(6)), 4096); }
void one_page_among_small(Dice& dice, int) {
  if (dice.below(4) == 0) return replace(any_of(dice, 1000), 4096, 4096);
  replace(blocks[1000 + dice.below(10000)], 1 + dice.below(500));
}
void mixed_with_aligned(Dice& dice, int) {
  replace(any_of(dice, 3000), std::min<std::size_t>(dice.by_power(18), 200000), dice.below(2) * 64);
}
void mixed(Dice& dice, int) { replace(any_of(dice, 3000), std::min<std::size_t>(dice.by_power(18), 200000)); }
void small(Dice& dice, int) { replace(any_of(dice, 20000), 1 + dice.below(1000)); }
void around_the_class_limit(Dice& dice, int) { replace(any_of(dice, 800), 32600 + dice.below(400)); }
void medium(Dice& dice, int) { replace(any_of(dice, 500), 20000 + dice.below(60000)); }
void resized(Dice& dice, int) {
  Block& block = any_of(dice, 2000);
  const std::size_t size = std::min<std::size_t>(dice.by_power(17), 100000);
  in_use -= static_cast<long>(block.size);
  note(block, std::realloc(block.memory, size), size);
}
void resized_evenly(Dice& dice, int) {
  Block& block = any_of(dice, 1000);
  const std::size_t size = 1 + dice.below(60000);
  in_use -= static_cast<long>(block.size);
  note(block, std::realloc(block.memory, size), size);
}
void growing(Dice& dice, int) {
  Block& block = any_of(dice, 300);
  if (block.size > 100000) return drop(block);
  const std::size_t size = block.size * 2 + 24;
  void* const larger = std::malloc(size);
  std::memcpy(larger, block.memory == nullptr ? "" : block.memory, block.size);
  drop(block);
  note(block, larger, size);
}
// The sizes move: what is free is never of the size that is asked for.
void drifting(Dice& dice, int done) {
  replace(any_of(dice, 4000), 200 + static_cast<std::size_t>(done) * 8 % 3000 + dice.below(100));
}
// All of it is freed and allocated anew in another size, over and over.
void phases(Dice& dice, int done) {
  static int phase = 0;
  if (phase != done / 10) {
    for (Block& block : blocks) drop(block);
    phase = done / 10;
  }
  const std::size_t size = 100 + static_cast<std::size_t>(phase) % 7 * 300;
  replace(any_of(dice, 2000000 / size), size);
}

struct Pattern {
  std::string_view name;
  void (*step)(Dice&, int);
  int steps;
};
constexpr Pattern kPatterns[] = {
    {"aligned", aligned, 600000},
    {"pages", pages, 200000},
    {"one_page_among_small", one_page_among_small, 400000},
    {"mixed_with_aligned", mixed_with_aligned, 400000},
    {"mixed", mixed, 400000},
    {"small", small, 2000000},
    {"around_the_class_limit", around_the_class_limit, 120000},
    {"medium", medium, 120000},
    {"resized", resized, 500000},
    {"resized_evenly", resized_evenly, 200000},
    {"growing", growing, 100000},
    {"drifting", drifting, 400000},
    {"phases", phases, 2000000},
};

struct Peaks {
  long first = 0;         // resident in the first tenth of the run
  long all = 0;           // resident
  long first_in_use = 0;  // in the first tenth

  void note(bool in_first_tenth, long now) {
    if (in_first_tenth) {
      first = std::max(first, now);
      first_in_use = most_in_use;
    }
    all = std::max(all, now);
  }
  // Percent, of what the working set explains: its own peak grows with the length of the run.
  [[nodiscard]] long growth() const { return all * first_in_use / most_in_use * 100 / first; }
};

Peaks run(const Pattern& pattern) {
  Dice dice;
  Peaks peaks;
  const long before = resident();
  for (int i = 0; i < pattern.steps; ++i) {
    pattern.step(dice, static_cast<int>(std::int64_t{i} * 1000 / pattern.steps));
    if (i % (pattern.steps / kSamples) != 0) continue;
    const long now = resident() - before;
    peaks.note(i <= pattern.steps / 10, now);
  }
  return peaks;
}

// One thread allocates, the other one frees, in step.
Peaks run_across_threads(int steps) {
  Dice dice;
  Peaks peaks;
  const long before = resident();
  for (int i = 0; i < 200; ++i) {
    const int here = steps / 200;
    std::thread([&] {
      for (int k = 0; k < here; ++k) {
        Block& block = any_of(dice, 3000);
        const std::size_t size = dice.by_power(13);
        if (k % 2 == 0) replace(block, size);
      }
    }).join();
    for (int k = 0; k < here; ++k) {
      if (dice.below(2) == 0) drop(any_of(dice, 3000));
    }
    const long now = resident() - before;
    peaks.note(i <= 20, now);
  }
  return peaks;
}

Peaks run(std::string_view name) {
  if (name == "across_threads") return run_across_threads(400000);
  for (const Pattern& pattern : kPatterns) {
    if (pattern.name == name) return run(pattern);
  }
  CHECK(false);
  return {};
}

}  // namespace

int main(int argc, char** argv) {
  CHECK(argc == 4);
  const Peaks peaks = run(argv[1]);
  const long growth = std::strtol(argv[2], nullptr, 10);
  const long most = std::strtol(argv[3], nullptr, 10);
  std::fprintf(stderr,
               "%s: KiB in use after a tenth %ld, at most %ld; resident after a tenth %ld, at most %ld: %ld "
               "%%, %ld %%\n",
               argv[1], peaks.first_in_use / 1024, most_in_use / 1024, peaks.first / 1024, peaks.all / 1024,
               peaks.growth(), peaks.all * 100 / most_in_use);
  CHECK(growth == 0 || peaks.growth() <= growth);
  CHECK(most == 0 || peaks.all * 100 <= most_in_use * most);
  return 0;
}
