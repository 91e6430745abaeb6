// Checks everything that can go wrong, sets up the environment, then execs.
#include "cli/run.h"

#include <fmt/format.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "cli/launchers.h"
#include "cli/library.h"
#include "cli/program.h"
#include "cli/refusal.h"
#include "options/suppressions.h"
#include "options/tokenizer.h"

namespace padlock::cli {
namespace {

constexpr const char* kDefaultSearchPath = "/bin:/usr/bin";  // execvp(3) without a PATH

std::string variable(const char* name, const char* fallback = "") {
  const char* const value = std::getenv(name);
  return value == nullptr ? fallback : value;
}

std::string absolute_log(const std::string& path) {
  if (path == "stderr" || path == "stdout") return path;
  if (path.empty()) throw Refusal(Status::kBadUsage, "--log: the name of the file is empty");
  if (path == "--") throw Refusal(Status::kBadUsage, "--log: the name of the file is missing");
  return std::filesystem::absolute(path).lexically_normal().string();
}

class BadRules final : public options::SuppressionRules {
 public:
  explicit BadRules(const std::string& path) : path_(path) {}
  void on_rule(const options::SuppressionRule&) override {}
  void on_error(std::string_view message) override {
    if (!lines_.empty()) lines_ += '\n';
    lines_ += fmt::format("{}: {}", path_, message);
  }
  [[nodiscard]] const std::string& lines() const noexcept { return lines_; }

 private:
  const std::string& path_;
  std::string lines_;
};

// A file whose lines are rules. `source`: which option names it.
void check_suppressions(const std::string& path, std::string_view source) {
  std::ifstream file(path);
  std::stringstream text;
  if (!(text << file.rdbuf()))
    throw Refusal(Status::kBadUsage, fmt::format("{}: {} cannot be read, or is empty", source, path));
  BadRules bad(path);
  if (!options::parse_suppressions(text.str(), bad)) throw Refusal(Status::kBadUsage, bad.lines());
}

std::string checked_suppressions(const std::string& path) {
  check_suppressions(path, "--suppressions");
  return std::filesystem::absolute(path).lexically_normal().string();
}

[[noreturn]] void execute(const std::string& path, const std::vector<std::string>& command) {
  std::vector<char*> arguments;
  arguments.reserve(command.size() + 1);
  for (const std::string& argument : command) arguments.push_back(const_cast<char*>(argument.c_str()));
  arguments.push_back(nullptr);
  // The path holds a slash, so this searches nothing; unlike execv it runs scripts without a "#!".
  execvp(path.c_str(), arguments.data());
  throw Refusal(Status::kCannotExecute, fmt::format("cannot execute {}: {}", path, std::strerror(errno)));
}

}  // namespace

std::vector<Assignment> assignments_of_asan(std::string_view text) {
  std::vector<Assignment> all;
  while (const std::optional<options::Token> token = options::next_token(text)) {
    std::string option(token->part);
    const bool is_file = token->value != "stderr" && token->value != "stdout";
    if (token->key == "log_path" && is_file) option = fmt::format("log_path={}.%p", token->value);
    all.push_back({"ASAN_OPTIONS", option});
  }
  return all;
}

std::vector<Assignment> assignments(const RunRequest& request) {
  std::vector<Assignment> all;
  if (request.like_asan) all = assignments_of_asan(variable("ASAN_OPTIONS"));
  if (request.log_path) all.push_back({"--log", "log_path=" + absolute_log(*request.log_path)});
  if (request.halt) all.push_back({"--halt", fmt::format("halt_on_error={:d}", *request.halt)});
  if (request.check_interval) {
    all.push_back({"--check-interval", fmt::format("check_interval={}", *request.check_interval)});
  }
  if (request.error_exitcode) {
    all.push_back({"--error-exitcode", fmt::format("exitcode={}", *request.error_exitcode)});
    all.push_back({"--error-exitcode", "abort_on_error=0"});
    if (!sets_option(variable("PADLOCK_OPTIONS"), "leak_exitcode"))
      all.push_back({"--error-exitcode", fmt::format("leak_exitcode={}", *request.error_exitcode)});
  }
  if (request.leaks) all.push_back({"--leaks", "detect_leaks=1"});
  if (request.suppressions)
    all.push_back({"--suppressions", "suppressions=" + checked_suppressions(*request.suppressions)});
  if (request.strict) {
    all.push_back({"--strict", "guard_all=1"});
    all.push_back({"--strict", fmt::format("guard_share_of={}", ::getpid())});  // it becomes the program
  }
  for (const std::string& option : request.options) {
    for (const std::string& pair : pairs_of(option)) all.push_back({"-o", pair});
  }
  return all;
}

// Where each comes from is known here, and nowhere later.
std::string composed_options(const RunRequest& request, std::vector<std::string>& notes) {
  const std::string existing = variable("PADLOCK_OPTIONS");
  check_options(existing, "PADLOCK_OPTIONS");
  std::vector<Assignment> added = assignments(request);
  for (Assignment& assignment : added) {
    const std::string quoted = quoted_option(assignment);
    check_options(quoted, assignment.source);
    assignment.text = with_current_names(quoted, assignment.source, notes);
  }
  std::erase_if(added, [](const Assignment& assignment) { return assignment.text.empty(); });
  std::string composed = options_value(with_current_names(existing, "PADLOCK_OPTIONS", notes), added);
  if (const std::string rules = suppressions_of(composed); !rules.empty())
    check_suppressions(rules, "suppressions");
  return composed;
}

Preparation prepare(const RunRequest& request) {
  std::vector<std::string> notes;
  Preparation prepared;
  prepared.command = request.command;
  prepared.options = composed_options(request, notes);

  const std::string search_path = variable("PATH", kDefaultSearchPath);
  prepared.path = locate_program(request.command.front(), search_path);
  notes.push_back(check_program(prepared.path, search_path));
  notes.push_back(note_of_launcher(request.command, ::getuid() == 0));
  const std::string library = find_library(variable("PADLOCK_LIBRARY"));
  prepared.preload = preload_value(library, variable("LD_PRELOAD"));
  for (const std::string& line : notes) {
    if (!line.empty()) fmt::print(stderr, "padlock: note: {}\n", line);
  }
  return prepared;
}

void execute(const Preparation& prepared) {
  setenv("LD_PRELOAD", prepared.preload.c_str(), 1);
  setenv("PADLOCK_OPTIONS", prepared.options.c_str(), 1);
  execute(prepared.path, prepared.command);
}

void run(const RunRequest& request) { execute(prepare(request)); }

}  // namespace padlock::cli
