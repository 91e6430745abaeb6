// Follows binfmt_script of the kernel: the interpreter ends at a blank, the rest of the line is one argument.
#include "cli/script.h"

#include <algorithm>
#include <string_view>

namespace padlock::cli {
namespace {

constexpr std::size_t kLongestLine = 255;  // BINPRM_BUF_SIZE - 1: what the kernel looks at
constexpr std::string_view kBlanks = " \t";

std::string_view trimmed(std::string_view text) {
  const std::size_t first = text.find_first_not_of(kBlanks);
  if (first == std::string_view::npos) return "";
  return text.substr(first, text.find_last_not_of(kBlanks) - first + 1);
}

std::string_view first_word(std::string_view text) { return text.substr(0, text.find_first_of(kBlanks)); }

// The program that `env ARGUMENT` runs, where that is plain to see.
std::string_view named_for_env(std::string_view argument) {
  if (first_word(argument) == "-S") argument = trimmed(argument.substr(2));
  const std::string_view name = first_word(argument);
  const bool plain = !name.starts_with('-') && name.find('=') == std::string_view::npos;
  return plain ? name : "";
}

}  // namespace

Script read_script(std::span<const std::byte> bytes) {
  const std::size_t size = std::min(bytes.size(), kLongestLine);
  const std::string_view head(reinterpret_cast<const char*>(bytes.data()), size);
  Script script;
  if (!head.starts_with("#!")) {
    // Shells distinguish a script without "#!" from a binary by its lack of NUL bytes, too.
    script.is_script = head.find('\0') == std::string_view::npos;
    if (script.is_script) script.interpreter = "/bin/sh";
    return script;
  }
  script.is_script = true;
  const std::string_view line = trimmed(head.substr(2, head.find('\n') - 2));
  script.interpreter = first_word(line);
  if (line.empty()) script.interpreter = "/bin/sh";  // execve(2) fails, execvp(3) falls back to it
  const bool env = script.interpreter == "/usr/bin/env" || script.interpreter == "/bin/env";
  if (env) script.through_env = named_for_env(trimmed(line.substr(script.interpreter.size())));
  return script;
}

}  // namespace padlock::cli
