// Help texts from the option table.
#include "options/help.h"

#include <algorithm>

#include "options/table.h"

namespace padlock::options {
namespace {

constexpr std::string_view kMarkdownHead =
    R"(# Options

Set them in the environment, separated by colons, commas, spaces or newlines:

    PADLOCK_OPTIONS="log_path=/tmp/heap.%p:check_interval=1000" LD_PRELOAD=libpadlock.so prog

or at build time, in the program itself (`extern "C"` in C++; the environment overrides it, option by option):

    const char* padlock_default_options(void) { return "exitcode=1:abort_on_error=0"; }

Where one is given twice the last one wins. A value that holds a separator is quoted with ' or ". Parsing
is strict: an unknown name, a number out of range or a word that is not a value is reported, changes
nothing, and the other options still apply. The old name of a renamed option is accepted, with a warning.
Switches take 0/1, false/true, no/yes or off/on. In a setuid, setgid or file-capability program the
environment is ignored.

| Option | Values | Default | What it does |
|---|---|---|---|
)";

constexpr std::string_view kMarkdownFoot =
    R"(
This page is generated from `src/options/options.def`; a test compares the two
(`PADLOCK_UPDATE_DOCS=1` makes it write the page instead).
)";

void values(TextWriter& out, const OptionEntry& entry, std::string_view bar) {
  switch (entry.kind) {
    case OptionKind::kBool:
      out.append("0").append(bar).append("1");
      return;
    case OptionKind::kInt:
      out.signed_decimal(entry.low).append("..").signed_decimal(entry.high);
      return;
    case OptionKind::kText:
      out.append("text");
      return;
    case OptionKind::kChoice:
      for (const char character : entry.choices) {
        if (character == '|')
          out.append(bar);
        else
          out.append(character);
      }
      return;
  }
}

}  // namespace

void print_help(TextWriter& out) noexcept {
  const auto table = option_table();
  std::size_t widest = 0;
  for (const OptionEntry& entry : table) {
    widest = std::max(widest, entry.name.size() + 1 + entry.fallback.size());
  }
  out.append("Options of PADLOCK_OPTIONS=name=value:name=value, with their defaults:\n");
  for (const OptionEntry& entry : table) {
    const std::size_t start = out.size();
    out.append("  ").append(entry.name).append('=').append(entry.fallback).pad_to(start, widest + 4);
    out.append(entry.help).append(" [");
    values(out, entry, "|");
    out.append("]\n");
  }
}

void print_markdown_help(TextWriter& out) noexcept {
  out.append(kMarkdownHead);
  for (const OptionEntry& entry : option_table()) {
    out.append("| `").append(entry.name).append("` | ");
    values(out, entry, ", ");
    out.append(" | `").append(entry.fallback).append("` | ").append(entry.help).append(" |\n");
  }
  out.append(kMarkdownFoot);
}

}  // namespace padlock::options
