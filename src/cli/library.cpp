// Looks for libpadlock.so where builds and installations put it, and makes sure it can be loaded.
#include "cli/library.h"

#include <fmt/format.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <vector>

#include "arch/elf.h"
#include "cli/elf_file.h"
#include "cli/mapped_file.h"
#include "cli/refusal.h"

namespace padlock::cli {
namespace {

namespace fs = std::filesystem;
constexpr const char* kName = "libpadlock.so";

// The places in which a library may lie that was not asked for by name; the first that exists counts.
std::vector<fs::path> candidates() {
  std::vector<fs::path> places;
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  if (!error) {
    const fs::path prefix = self.parent_path().parent_path();
    places.push_back(prefix / "lib" / kName);
    places.push_back(prefix / PADLOCK_RELATIVE_LIBDIR / kName);
  }
  places.push_back(fs::path(PADLOCK_LIBDIR) / kName);
  return places;
}

std::string checked(const fs::path& path) {
  std::error_code error;
  const fs::path absolute = fs::canonical(path, error);
  if (error) {
    throw Refusal(Status::kNoLibrary,
                  fmt::format("cannot use the library {}: {}", path.string(), error.message()));
  }
  const MappedFile file(absolute.string());
  if (!file.readable()) {
    throw Refusal(Status::kNoLibrary, fmt::format("cannot read the library {}", absolute.string()));
  }
  if (file.bytes().empty() && fs::file_size(absolute, error) != 0) {
    throw Refusal(Status::kNoLibrary,
                  fmt::format("cannot map the library {}: there is no address space left for it (ulimit -v?)",
                              absolute.string()));
  }
  const ElfFacts facts = read_elf(file.bytes());
  // A shared library has no loader of its own, which makes it look like a static program.
  if (facts.form != ElfFacts::Form::kStatic && facts.form != ElfFacts::Form::kDynamic) {
    throw Refusal(Status::kNoLibrary, fmt::format("{} is not a {} library", absolute.string(), arch::kName));
  }
  if (!facts.has_padlock) {
    throw Refusal(Status::kNoLibrary, fmt::format("{} is not Padlock's library", absolute.string()));
  }
  return absolute.string();
}

}  // namespace

std::string find_library(const std::string& given) {
  if (!given.empty()) return checked(given);
  std::string searched;
  for (const fs::path& place : candidates()) {
    std::error_code error;
    if (fs::exists(place, error)) return checked(place);
    searched += fmt::format("{}{}", searched.empty() ? "" : ", ", place.string());
  }
  throw Refusal(Status::kNoLibrary,
                fmt::format("{} is not at {}; name it in PADLOCK_LIBRARY", kName, searched));
}

}  // namespace padlock::cli
