// The program's sources: where a path of debug information lies on this machine, and what its lines say.
#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace padlock::cli {

class Sources {
 public:
  /// `root`: the folder of the project, which paths are given relative to.
  explicit Sources(const std::filesystem::path& root);

  /// The path relative to the root, with slashes, where the file lies below it: as it is, or, for a path of
  /// another machine or of a build folder, without its first folders. Nothing where no such file is there.
  std::optional<std::string> below_root(const std::string& file);

  struct Line {
    std::int64_t number = 0;
    std::string text;
  };
  /// The line and `around` of them on both sides; empty where the file is not to be found.
  std::vector<Line> lines_around(const std::string& file, std::int64_t line, std::int64_t around);

  [[nodiscard]] const std::filesystem::path& root() const { return root_; }

 private:
  const std::vector<std::string>& read(const std::filesystem::path& file);

  std::filesystem::path root_;
  std::map<std::string, std::optional<std::string>> known_;
  std::map<std::filesystem::path, std::vector<std::string>> files_;
};

}  // namespace padlock::cli
