// The environment that a program is started with. Pure functions of text.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace padlock::cli {

/// `library` in front of whatever LD_PRELOAD held, once. Throws Refusal (kNoLibrary) for a path that the
/// loader would split at a blank or colon.
std::string preload_value(const std::string& library, std::string_view existing);

/// An option as the command line gives it.
struct Assignment {
  std::string source;  // how it was given: "-o", "--log"
  std::string text;    // "key=value"

  friend bool operator==(const Assignment&, const Assignment&) = default;
};

/// The pairs in "key=value:key=value". A value may hold separators too ("exclude=make:python3"): only one in
/// front of an option's name and '=' ends it. What is in quotes stays together. Separators at the ends and
/// next to each other separate nothing, as in PADLOCK_OPTIONS.
std::vector<std::string> pairs_of(std::string_view text);

/// "key=value" with the value quoted if an option string would split it, and it is not quoted already. Throws
/// Refusal (kBadUsage) if it is no such pair, or no quoting can hold it.
std::string quoted_option(const Assignment& assignment);

/// The PADLOCK_OPTIONS of the program: `existing` first, so that what the command line says wins.
std::string options_value(std::string_view existing, const std::vector<Assignment>& assignments);

/// Whether an option string sets that option by its name of today.
bool sets_option(std::string_view text, std::string_view name);

/// The file that an option string without errors names for `suppressions`; "" where it names none.
std::string suppressions_of(std::string_view text);

/// Throws Refusal (kBadUsage) with one line for each part of an option string that Padlock would refuse;
/// `source` says where it came from.
void check_options(std::string_view text, std::string_view source);

/// An option string without errors, with old names replaced by those of today, and without flags that change
/// nothing, so that no process warns of them; a line for each of them is added to `notes`.
std::string with_current_names(std::string_view text, std::string_view source,
                               std::vector<std::string>& notes);

}  // namespace padlock::cli
