// By name and by arguments: env(1) is read as GNU's and BSD's read it.
#include "cli/launchers.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>

namespace padlock::cli {
namespace {

constexpr std::array<std::string_view, 3> kClearAlways = {"sudo", "doas", "pkexec"};
// Of anybody but root the loader takes it, of root a login alone.
constexpr std::array<std::string_view, 3> kKeepForRoot = {"su", "runuser", "sg"};
constexpr std::string_view kVariable = "LD_PRELOAD";

std::string_view base_name(std::string_view path) { return path.substr(path.rfind('/') + 1); }

// Whether the `env` of `arguments` takes LD_PRELOAD away from what it starts.
bool env_clears(const std::vector<std::string>& arguments) {
  bool clears = false;
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    if (word == "-" || word == "--ignore-environment") {
      clears = true;
    } else if (word.starts_with("--unset=")) {
      clears |= word.substr(8) == kVariable;
    } else if (word == "--unset" || word == "-u") {
      clears |= ++i < arguments.size() && arguments[i] == kVariable;
    } else if (word.starts_with("-u")) {
      clears |= word.substr(2) == kVariable;
    } else if (word.starts_with("--")) {
      continue;
    } else if (word.starts_with("-")) {
      clears |= word.find('i') != std::string_view::npos;
      if (word.back() == 'C' || word.back() == 'S') ++i;  // the next word is its value
    } else if (const std::size_t equals = word.find('='); equals != std::string_view::npos) {
      if (word.substr(0, equals) == kVariable) clears = word.find("libpadlock") == std::string_view::npos;
    } else {
      return clears;  // the program
    }
  }
  return false;  // prints the environment
}

// Whether the `su` of `arguments` makes the environment anew: `-`, `-l`, `--login`.
bool logs_in(const std::vector<std::string>& arguments) {
  constexpr std::string_view kWithValue = "cgGswuT";
  for (std::size_t i = 1; i < arguments.size(); ++i) {
    const std::string_view word = arguments[i];
    if (word == "--") return false;
    if (word == "-" || word == "--login") return true;
    if (!word.starts_with('-') || word.starts_with("--")) continue;
    const std::size_t value = word.find_first_of(kWithValue, 1);
    if (word.substr(1, value - 1).find('l') != std::string_view::npos) return true;
    if (value == word.size() - 1) ++i;  // the next word is its value
  }
  return false;
}

bool clears_environment(std::string_view name, const std::vector<std::string>& command, bool is_root) {
  if (std::ranges::find(kClearAlways, name) != kClearAlways.end()) return true;
  if (std::ranges::find(kKeepForRoot, name) == kKeepForRoot.end()) return false;
  return !is_root || (name != "sg" && logs_in(command));
}

}  // namespace

std::string note_of_launcher(const std::vector<std::string>& command, bool is_root) {
  if (command.empty()) return "";
  const std::string_view name = base_name(command.front());
  if (clears_environment(name, command, is_root)) {
    return fmt::format(
        "{0} clears {1}, so what it starts is not guarded; write: {0} ... padlock run -- PROGRAM", name,
        kVariable);
  }
  if (name != "env" || !env_clears(command)) return "";
  return fmt::format(
      "env takes {} away, so what it starts is not guarded; write: env ... padlock run -- PROGRAM",
      kVariable);
}

}  // namespace padlock::cli
