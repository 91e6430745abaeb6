// `padlock run`: starts a program with Padlock preloaded.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/environment.h"

namespace padlock::cli {

/// What the command line of `padlock run` says.
struct RunRequest {
  std::vector<std::string> command;     // the program and its arguments
  std::vector<std::string> options;     // key=value, in the order given
  std::optional<std::string> log_path;  // made absolute, since programs change their folder
  std::optional<bool> halt;
  std::optional<long long> check_interval;
  std::optional<int> error_exitcode;
  bool leaks = false;
  std::optional<std::string> suppressions;  // a file, made absolute and read
  bool strict = false;
  bool like_asan = false;  // ASAN_OPTIONS are options, too
};

/// What an ASAN_OPTIONS means: its options, but that AddressSanitizer puts the process id behind the name of
/// its log.
std::vector<Assignment> assignments_of_asan(std::string_view text);

/// The options that `request` stands for.
std::vector<Assignment> assignments(const RunRequest& request);

/// The PADLOCK_OPTIONS that they come to, with those of the environment; what the user should know of them is
/// added to `notes`. Throws a Refusal.
std::string composed_options(const RunRequest& request, std::vector<std::string>& notes);

/// A program that is ready to be executed with Padlock.
struct Preparation {
  std::string path;
  std::vector<std::string> command;
  std::string preload;  // values of the environment
  std::string options;
};

/// Finds the program and checks it, and prints what the user should know. Throws a Refusal.
Preparation prepare(const RunRequest& request);

/// Replaces this process by it. Throws a Refusal.
[[noreturn]] void execute(const Preparation& prepared);

/// Replaces this process by the program, so signals, exit status and terminal are the program's own.
/// Returns only by a Refusal.
[[noreturn]] void run(const RunRequest& request);

}  // namespace padlock::cli
