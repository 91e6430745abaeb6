// The `padlock` command.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <exception>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "arch/elf.h"
#include "arch/processor.h"
#include "cli/pinpoint.h"
#include "cli/refusal.h"
#include "cli/report/report.h"
#include "cli/run.h"
#include "cli/symbolize/symbolize.h"
#include "cli/usage_error.h"
#include "options/help.h"

namespace padlock::cli {
namespace {

constexpr const char* kFooter = R"(examples:
  padlock run -- ./prog --its-own-option
  padlock run --log /tmp/heap.%p --no-halt -- make test
  padlock run -o malloc_context_size=32 -o check_interval=1000 -- ./prog
  padlock pinpoint -- ./prog --its-own-option
  padlock symbolize --symbol-path /srv/debug < report.txt
  padlock run -o json_path=faults.jsonl -- ./prog; padlock report --html -O page.html faults.jsonl
  padlock options)";

// {:<37}: what the processor must be, as wide as the column.
constexpr const char* kRunFooter =
    R"(The program takes padlock's place: its signals, output and exit status are its own.
Where padlock does not start it, one line says why, and the exit status is
  119  its C library is not glibc           120  it is built with a sanitizer
  121  {:<37}122  it is set-user-ID, set-group-ID or has capabilities
  123  it is statically linked              124  libpadlock.so is missing or no use
  125  bad usage, an unknown or bad option  126  it is not executable
  127  it does not exist
Environment: PADLOCK_OPTIONS (kept; the command line wins), PADLOCK_LIBRARY (another libpadlock.so),
LD_PRELOAD (kept, behind Padlock).)";

constexpr const char* kPinpointFooter =
    R"(The first run is one of `padlock run`. Where it finds damage, the block that was damaged gets pages of its
own in the runs after it, and each write to them is looked at, by ptrace(2): the report shows the instruction,
or the system call. Each run has the same standard input (of a pipe up to 1 GiB is kept), but finds files as
those before it left them.
The exit status is the program's own, of its last run; 128 and a signal's number where one ended or stopped it; or
   25  damage was found, but the write was not seen in any run
  118  the system does not let the program be traced, or there is no room in TMPDIR
and those of `padlock run` where the program cannot be started.)";

// The program and its arguments are no options of ours, so CLI11 does not know of them.
class RunFormatter : public CLI::Formatter {
 public:
  explicit RunFormatter(std::string name) : name_(std::move(name)) {}
  std::string make_usage(const CLI::App* /*app*/, std::string /*name*/) const override {
    return fmt::format("Usage: padlock {} [OPTIONS] [--] PROGRAM [ARGUMENTS...]\n", name_);
  }

 private:
  std::string name_;
};

// How many of `arguments` are ours: up to the first "--" or word that is neither an option nor an option's
// value. CLI11 would look for options among the program's arguments too.
std::size_t own_arguments(const CLI::App& command, std::span<char* const> arguments) {
  std::size_t count = 0;
  while (count < arguments.size()) {
    const std::string argument = arguments[count];
    if (argument == "--" || argument.size() < 2 || argument[0] != '-') break;
    const CLI::Option* const option = command.get_option_no_throw(argument);
    const bool takes_next = option != nullptr && option->get_expected_min() > 0;
    count += takes_next ? 2 : 1;
  }
  return std::min(count, arguments.size());
}

void define_report_options(CLI::App* command, RunRequest& request) {
  command->formatter(std::make_shared<RunFormatter>(command->get_name()));
  command->add_option("-o,--option", request.options, "an option of Padlock; may be given several times")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  command->add_option("--log", request.log_path, "write reports to FILE; %p in it is the process id")
      ->type_name("FILE");
}

CLI::App* define_run(CLI::App& app, RunRequest& request) {
  CLI::App* const command = app.add_subcommand("run", "run a program with Padlock as its allocator");
  define_report_options(command, request);
  command->add_flag_function(
      "--halt,!--no-halt", [&request](std::int64_t count) { request.halt = count > 0; },
      "end the program at the first report (the default), or go on");
  command->add_option("--check-interval", request.check_interval, "check the whole heap every N allocations")
      ->type_name("N");
  command
      ->add_option(
          "--error-exitcode", request.error_exitcode,
          "the exit status after a report, of leaks, too, whether the program goes on or not; it does not "
          "abort then")
      ->type_name("N");
  command->add_flag("--leaks", request.leaks,
                    "look for leaked blocks at exit; the exit status is then that of --error-exitcode, "
                    "otherwise 23; 24 where "
                    "that was not possible");
  command
      ->add_option("--suppressions", request.suppressions,
                   "leave out reports that match a line kind:pattern of FILE")
      ->type_name("FILE");
  command->add_flag("--strict", request.strict,
                    "guard every block by pages of its own, as long as half of the free memory lasts");
  command->add_flag("--like-asan", request.like_asan,
                    "take options from ASAN_OPTIONS as well, as CTest sets it");
  command->footer(fmt::format(kRunFooter, fmt::format("it is not a {} program", arch::kName)));
  command->callback([&request] {
    if (request.command.empty()) throw CLI::RequiredError("a program to run");
    run(request);
  });
  return command;
}

CLI::App* define_pinpoint(CLI::App& app, PinpointRequest& request, int& status) {
  CLI::App* const command = app.add_subcommand(
      "pinpoint", "run a program again and again, until the write that damages its heap is seen");
  define_report_options(command, request.run);
  command->add_option("--runs", request.runs, "at most so many, the first one included")
      ->type_name("N")
      ->check(CLI::Range(2U, 1000U))
      ->capture_default_str();
  command->footer(kPinpointFooter);
  command->callback([&request, &status] {
    if (request.run.command.empty()) throw CLI::RequiredError("a program to run");
    status = pinpoint(request);
  });
  return command;
}

std::string written(void (*print)(TextWriter&) noexcept) {
  std::string buffer(options::kHelpCapacity, '\0');
  TextWriter out(buffer);
  print(out);
  return std::string(out.view());
}

void define_symbolize(CLI::App& app, SymbolizeRequest& request) {
  CLI::App* const command =
      app.add_subcommand("symbolize", "name what a report without symbols left open, on any machine");
  command
      ->add_option("--symbol-path", request.symbol_paths,
                   "look for programs, libraries and debug files in FOLDER first; may be given several times")
      ->type_name("FOLDER")
      ->allow_extra_args(false);
  command->add_option("REPORT", request.files, "files with reports; without any, standard input");
  command->footer("Environment: DEBUGINFOD_URLS (servers that are asked for debug information).");
  command->callback([&request] { symbolize(request); });
}

void define_options(CLI::App& app, bool& markdown) {
  CLI::App* const command = app.add_subcommand("options", "list the options of Padlock");
  command->add_flag("--markdown", markdown, "as docs/OPTIONS.md has them");
  command->callback([&markdown] {
    fmt::print("{}", written(markdown ? options::print_markdown_help : options::print_help));
  });
}

void define_report(CLI::App& app, ReportRequest& request) {
  using Form = ReportRequest::Form;
  CLI::App* const command = app.add_subcommand(
      "report", "turn reports that json_path or report_format=json wrote into another form");
  auto* const forms = command->add_option_group("form", "one of");
  const auto form = [&](const char* name, Form value, const char* help) {
    forms->add_flag_callback(
        name, [&request, value] { request.form = value; }, help);
  };
  form("--sarif", Form::kSarif, "SARIF 2.1.0, for code scanning");
  form("--html", Form::kHtml, "one page, with the bytes, a picture of the heap, and source lines");
  form("--junit", Form::kJunit, "JUnit XML");
  forms->require_option(1);
  command->add_option("-O,--output", request.output, "write to FILE; otherwise to standard output")
      ->type_name("FILE");
  command
      ->add_option("--root", request.root,
                   "the project's folder: where its sources are, and what paths are relative to")
      ->type_name("DIR");
  command->add_option("REPORT", request.files, "files of JSON lines; - is standard input")->required();
  command->callback([&request] { report(request); });
}

// Takes the program and its arguments off the end of `arguments`; what is left is for CLI11.
std::span<char* const> take_command(const CLI::App& run, std::span<char* const> arguments,
                                    RunRequest& request) {
  if (arguments.size() < 2 || arguments[1] != run.get_name()) return arguments;
  const std::size_t own = 2 + own_arguments(run, arguments.subspan(2));
  auto command = arguments.subspan(own);
  if (!command.empty() && command.front() == std::string_view("--")) command = command.subspan(1);
  request.command.assign(command.begin(), command.end());
  return arguments.first(own);
}

// "" where the first word is neither: nothing, or known. CLI11 would only ask for a subcommand.
std::string unknown_first_word(const CLI::App& app, std::span<char* const> arguments) {
  const std::string_view word = arguments.size() < 2 ? "" : arguments[1];
  if (word.empty()) return "";
  if (word.front() == '-') {
    const std::string name(word.substr(0, word.find('=')));
    return app.get_option_no_throw(name) != nullptr
               ? ""
               : fmt::format("unknown option '{}' (see: padlock --help)", word);
  }
  const auto known =
      app.get_subcommands([&](const CLI::App* command) { return command->get_name() == word; });
  if (!known.empty()) return "";
  return fmt::format(
      "unknown subcommand '{0}'; there are run, pinpoint, symbolize, report and options (a program: padlock "
      "run -- "
      "{0})",
      word);
}

int main_with(std::span<char* const> arguments) {
  CLI::App app("Padlock, a debug heap allocator: finds heap bugs in programs as they are.", "padlock");
  app.set_version_flag("--version", "padlock " PADLOCK_VERSION);
  app.require_subcommand(1);
  app.footer(kFooter);
  RunRequest request;
  bool markdown = false;
  const CLI::App* const run = define_run(app, request);
  PinpointRequest pinpointed;
  int status = 0;
  const CLI::App* const pinpoint = define_pinpoint(app, pinpointed, status);
  SymbolizeRequest symbolize_request;
  define_symbolize(app, symbolize_request);
  define_options(app, markdown);
  ReportRequest report_request;
  define_report(app, report_request);
  if (const std::string message = unknown_first_word(app, arguments); !message.empty()) {
    complain(message);
    return static_cast<int>(Status::kBadUsage);
  }
  try {
    const auto own = take_command(*pinpoint, take_command(*run, arguments, request), pinpointed.run);
    app.parse(static_cast<int>(own.size()), own.data());
  } catch (const CLI::Success& help) {
    return app.exit(help);
  } catch (const CLI::ParseError& error) {
    complain(describe_usage_error(app, error));
    return static_cast<int>(Status::kBadUsage);
  } catch (const Refusal& refusal) {
    complain(refusal.what());
    return static_cast<int>(refusal.status());
  }
  return status;
}

}  // namespace
}  // namespace padlock::cli

// Before the constructors of anything else, whose code may need them.
[[gnu::constructor(101)]] static void refuse_old_processor() {
  if (padlock::arch::has_needed_instructions()) return;
  std::fprintf(stderr, "padlock: %s", padlock::arch::kNeedsInstructions);
  std::_Exit(static_cast<int>(padlock::cli::Status::kForeignArchitecture));
}

int main(int argc, char** argv) {
  try {
    return padlock::cli::main_with({argv, static_cast<std::size_t>(argc)});
  } catch (const std::exception& error) {
    std::fprintf(stderr, "padlock: %s\n", error.what());  // what fmt::print throws cannot be printed by it
    return static_cast<int>(padlock::cli::Status::kBadUsage);
  }
}
