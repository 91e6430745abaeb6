// Parses the strings once more: when they were obeyed, it was not known where warnings go.
#include "runtime/process/option_warnings.h"

#include <string_view>

#include "options/options.h"
#include "os/parent.h"
#include "os/process.h"
#include "padlock/padlock.h"
#include "runtime/reporting/notice.h"

// The program's, if it has one.
extern "C" const char* padlock_default_options(void) __attribute__((weak));

namespace padlock::runtime {
namespace {

constexpr const char* kVariable = "PADLOCK_OPTIONS";

// Writes each complaint as one line, unless the parent has written it.
class Warnings final : public options::OptionErrors {
 public:
  Warnings(const char* source, bool (*was_said)() noexcept) noexcept : source_(source), was_said_(was_said) {}
  void on_error(std::string_view message) override { say(message); }
  void on_note(std::string_view message) override { say(message); }

 private:
  void say(std::string_view message) noexcept {
    if (!asked_) said_ = was_said_();
    asked_ = true;
    if (!said_) warn(source_, message);
  }

  const char* source_;
  bool (*was_said_)() noexcept;
  bool asked_ = false;
  bool said_ = false;
};

void check(const char* text, const char* source, bool (*was_said)() noexcept) noexcept {
  if (text == nullptr) return;
  Warnings warnings(source, was_said);
  options::Options unused;
  options::parse(text, unused, warnings);
}

bool parent_said_it() noexcept {
  const auto is_own = [](std::string_view value) { return value == os::environment(kVariable); };
  const auto has_padlock = [](std::string_view value) {
    return value.find("libpadlock") != std::string_view::npos;
  };
  return os::parent_was_started_with(kVariable, is_own) &&
         os::parent_was_started_with("LD_PRELOAD", has_padlock);
}

}  // namespace

void warn_of_options() noexcept {
  if (padlock_default_options != nullptr) {
    check(padlock_default_options(), "padlock_default_options()", []() noexcept { return false; });
  }
  if (!os::is_secure_execution()) check(os::environment(kVariable), kVariable, parent_said_it);
}

}  // namespace padlock::runtime
