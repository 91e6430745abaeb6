// Words for what CLI11 finds, where its own are hard to read or in another order than the arguments.
#include "cli/usage_error.h"

#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <vector>

namespace padlock::cli {
namespace {

// The subcommand that was given; without one, the command itself.
const CLI::App& innermost(const CLI::App& app) {
  const std::vector<CLI::App*> given = app.get_subcommands();
  return given.empty() ? app : *given.front();
}

std::string quoted(const std::vector<std::string>& words) {
  std::string list;
  for (const std::string& word : words) list += fmt::format("{}'{}'", list.empty() ? "" : ", ", word);
  return list;
}

// What stands before the first ": ": the option's name.
std::string_view option_in(std::string_view text) { return text.substr(0, text.find(": ")); }

std::string words_of(const CLI::App& command, const CLI::ParseError& error) {
  std::string text = error.what();
  if (dynamic_cast<const CLI::ExtrasError*>(&error) != nullptr)
    return fmt::format("unknown option, or too many arguments: {}", quoted(command.remaining(true)));
  if (dynamic_cast<const CLI::ArgumentMismatch*>(&error) != nullptr && text.ends_with(" missing"))
    return fmt::format("{}: its value is missing", option_in(text));
  std::replace(text.begin(), text.end(), '\n', ' ');
  return text;
}

}  // namespace

std::string describe_usage_error(const CLI::App& app, const CLI::ParseError& error) {
  const CLI::App& command = innermost(app);
  if (&command == &app) {
    return "a subcommand is missing: run, pinpoint, symbolize, report or options (see: padlock --help)";
  }
  return fmt::format("{0}: {1} (see: padlock {0} --help)", command.get_name(), words_of(command, error));
}

void complain(std::string_view message) {
  while (!message.empty()) {
    const std::size_t length = std::min(message.find('\n'), message.size());
    fmt::print(stderr, "padlock: {}\n", message.substr(0, length));
    message.remove_prefix(std::min(length + 1, message.size()));
  }
}

}  // namespace padlock::cli
