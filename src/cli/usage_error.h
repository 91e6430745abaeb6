// Wrong arguments of the command, in its own words.
#pragma once

#include <string>
#include <string_view>

namespace CLI {
class App;
class ParseError;
}  // namespace CLI

namespace padlock::cli {

/// One line: what is wrong with the arguments that `app` has parsed, and which --help shows how they are
/// written.
std::string describe_usage_error(const CLI::App& app, const CLI::ParseError& error);

/// Prints each line of `message` to standard error, with the command's name in front.
void complain(std::string_view message);

}  // namespace padlock::cli
