// The options of one process, from the built-in defaults, padlock_default_options() and PADLOCK_OPTIONS.
// options.def is the one place an option is written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

namespace padlock::options {

/// A string option's value, owned. Longer text is an error, never cut.
struct Text {
  char value[512] = {};
};

struct Options {
#define PADLOCK_OPTION_BOOL(name, fallback, help) bool name = fallback;
#define PADLOCK_OPTION_INT(name, fallback, low, high, help) std::int64_t name = fallback;
#define PADLOCK_OPTION_TEXT(name, fallback, help) Text name = {fallback};
#include "options/options.def"
};

/// Told about each part of an option string that is refused ("unknown option 'quarantin_size_kb' ...").
/// The message dies when the call returns.
class OptionErrors {
 public:
  virtual void on_error(std::string_view message) = 0;

 protected:
  ~OptionErrors() = default;
};

/// Applies "key=value:key=value" (also separated by spaces, commas or newlines; values may be quoted with '
/// or "). Strict: a refused part changes nothing and is told; the others apply. Returns false if any was
/// refused. No malloc, no locale.
bool parse(std::string_view text, Options& options, OptionErrors& errors) noexcept;

}  // namespace padlock::options
