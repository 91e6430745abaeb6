// Looking for files; each is read once.
#include "cli/report/sources.h"

#include <algorithm>
#include <fstream>
#include <utility>

namespace padlock::cli {
namespace {

namespace fs = std::filesystem;

constexpr std::uintmax_t kLargestSource = std::uintmax_t{16} << 20U;  // bytes

bool is_source(const fs::path& path) {
  std::error_code error;
  return fs::is_regular_file(path, error) && fs::file_size(path, error) <= kLargestSource;
}

bool is_below(const fs::path& path, const fs::path& root) {
  const auto [end, unused] = std::mismatch(root.begin(), root.end(), path.begin(), path.end());
  return end == root.end();
}

}  // namespace

Sources::Sources(const fs::path& root) : root_(fs::weakly_canonical(fs::absolute(root)).lexically_normal()) {
  if (!root_.has_filename()) root_ = root_.parent_path();
}

std::optional<std::string> Sources::below_root(const std::string& file) {
  if (file.empty()) return std::nullopt;
  const auto known = known_.find(file);
  if (known != known_.end()) return known->second;
  std::optional<std::string>& found = known_[file];
  const fs::path path = fs::path(file).lexically_normal();
  if (path.is_absolute() && is_below(path, root_)) {
    if (is_source(path)) found = path.lexically_relative(root_).generic_string();
    return found;
  }
  for (auto part = path.begin(); part != path.end() && !found; ++part) {
    if (*part == ".." || *part == "/" || part->empty()) continue;
    fs::path rest;
    for (auto next = part; next != path.end(); ++next) rest /= *next;
    if (is_source(root_ / rest)) found = rest.generic_string();
  }
  return found;
}

const std::vector<std::string>& Sources::read(const fs::path& file) {
  const auto [entry, is_new] = files_.try_emplace(file);
  if (!is_new || !is_source(file)) return entry->second;
  std::ifstream in(file);
  for (std::string line; std::getline(in, line);) entry->second.push_back(std::move(line));
  return entry->second;
}

std::vector<Sources::Line> Sources::lines_around(const std::string& file, std::int64_t line,
                                                 std::int64_t around) {
  if (line <= 0) return {};
  const std::optional<std::string> below = below_root(file);
  const std::vector<std::string>& text = read(below ? root_ / *below : fs::path(file));
  const auto size = static_cast<std::int64_t>(text.size());
  if (line > size) return {};
  std::vector<Line> lines;
  for (std::int64_t i = std::max<std::int64_t>(1, line - around); i <= std::min(size, line + around); ++i)
    lines.push_back({i, text[static_cast<std::size_t>(i - 1)]});
  return lines;
}

}  // namespace padlock::cli
