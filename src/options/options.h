// The options of one process, from the built-in defaults, padlock_default_options() and PADLOCK_OPTIONS.
// options.def is the one place an option is written.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "base/units.h"

namespace padlock::options {

/// A string option's value, owned. Longer text is an error, never cut.
struct Text {
  char value[512] = {};
};

/// So many units of `kBytes` bytes.
template <std::int64_t kBytes>
struct Amount {
  std::int64_t count = 0;

  [[nodiscard]] constexpr std::size_t bytes() const noexcept {
    return static_cast<std::size_t>(count * kBytes);
  }
  friend constexpr bool operator==(Amount, Amount) = default;
};
using Kibibytes = Amount<1_KiB>;
using Mebibytes = Amount<1_MiB>;

// The words of each choice, as enumerations.
#define PADLOCK_OPTION_CHOICE(name, type, fallback, choices, help, ...) \
  enum class type : std::uint8_t { __VA_ARGS__ };
#include "options/options.def"

struct Options {
#define PADLOCK_OPTION_BOOL(name, fallback, help) bool name = fallback;
#define PADLOCK_OPTION_INT(name, fallback, low, high, help) std::int64_t name = fallback;
#define PADLOCK_OPTION_TEXT(name, fallback, help) Text name = {fallback};
#define PADLOCK_OPTION_SIZE(name, unit, fallback, low, high, help) unit name = {fallback};
#define PADLOCK_OPTION_CHOICE(name, type, fallback, choices, help, ...) type name = type::fallback;
#include "options/options.def"
};

/// Notified of each part of an option string that is refused ("unknown option 'exit_code' ..."), of each old
/// name ("option 'give_back_after' is now called 'give_back_after_s'") and of each flag of a sanitizer that
/// changes nothing here ("option 'redzone' changes nothing here: ..."). A message is valid during the call
/// only.
class OptionErrors {
 public:
  virtual void on_error(std::string_view message) = 0;
  virtual void on_note(std::string_view message) = 0;

 protected:
  ~OptionErrors() = default;
};

/// Applies "key=value:key=value" (also separated by spaces, commas or newlines; values may be quoted with '
/// or "). Strict: a refused part changes nothing and is reported; the others apply. An old name counts as the
/// new one, and a sanitizer's name as the option that stands for it (other_names.h). Notes come once per
/// call. Returns false if any part was refused. No malloc, no locale.
bool parse(std::string_view text, Options& options, OptionErrors& errors) noexcept;

}  // namespace padlock::options
