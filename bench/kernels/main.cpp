// padlock-kernels NAME [SCALE [THREADS [MEGABYTES]]]: runs one kernel and prints its checksum; without a
// name, lists them.
#include <charconv>
#include <cstdio>
#include <cstring>

#include "kernels.h"

namespace {

struct Entry {
  const char* name;
  bench::Kernel run;
};

#define BENCH_ENTRY(name, function) {name, bench::function},
constexpr Entry kEntries[] = {BENCH_KERNELS(BENCH_ENTRY)};
#undef BENCH_ENTRY

template <typename Number>
bool parse(const char* text, Number& value) {
  const char* end = text + std::strlen(text);
  const auto result = std::from_chars(text, end, value);
  return result.ec == std::errc() && result.ptr == end;
}

bool parse_parameters(int argc, char** argv, bench::Parameters& parameters) {
  return (argc <= 2 || (parse(argv[2], parameters.scale) && parameters.scale > 0)) &&
         (argc <= 3 || (parse(argv[3], parameters.threads) && parameters.threads > 0)) &&
         (argc <= 4 || parse(argv[4], parameters.megabytes)) && argc <= 5;
}

}  // namespace

int main(int argc, char** argv) {
  bench::Parameters parameters;
  if (argc < 2) {
    for (const Entry& entry : kEntries) std::puts(entry.name);
    return 0;
  }
  for (const Entry& entry : kEntries) {
    if (std::strcmp(entry.name, argv[1]) != 0 || !parse_parameters(argc, argv, parameters)) continue;
    std::printf("%016llx\n", static_cast<unsigned long long>(entry.run(parameters)));
    return 0;
  }
  std::fputs("usage: padlock-kernels [NAME [SCALE [THREADS [MEGABYTES]]]]\n", stderr);
  return 2;
}
