// By dpkg's own lists of files: no program is started.
#include "cli/symbolize/debug_package.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <vector>

namespace padlock::cli {
namespace {

namespace fs = std::filesystem;

constexpr const char* kLists = "/var/lib/dpkg/info";

bool lists(const fs::path& list, const std::vector<std::string>& names) {
  std::ifstream file(list);
  for (std::string line; std::getline(file, line);) {
    if (std::find(names.begin(), names.end(), line) != names.end()) return true;
  }
  return false;
}

// Debian's /lib is a link to /usr/lib, and packages name files in either.
std::vector<std::string> names_of(const std::string& path) {
  std::error_code failed;
  const std::string real = fs::canonical(path, failed).string();
  std::vector<std::string> names = {path};
  if (!failed && real != path) names.push_back(real);
  for (const std::string& name : std::vector<std::string>(names)) {
    if (name.starts_with("/usr/")) names.push_back(name.substr(4));
  }
  return names;
}

}  // namespace

std::string debug_package_hint(const std::string& path) {
  if (!path.starts_with('/')) return "";
  const std::vector<std::string> names = names_of(path);
  std::error_code failed;
  for (const fs::directory_entry& entry : fs::directory_iterator(kLists, failed)) {
    if (entry.path().extension() != ".list" || !lists(entry.path(), names)) continue;
    const std::string stem = entry.path().stem().string();
    const std::string package = stem.substr(0, stem.find(':'));
    return fmt::format(": install {}", package == "libc6" ? "libc6-dbg" : package + "-dbgsym");
  }
  return "";
}

}  // namespace padlock::cli
