// One buffer on the stack for one line, so that it is written in one piece.
#include "runtime/reporting/notice.h"

#include "base/text.h"
#include "os/process.h"
#include "runtime/memory/settings.h"
#include "runtime/reporting/reporter.h"

namespace padlock::runtime {
namespace {

void say(std::string_view prefix, std::string_view about, std::string_view message) noexcept {
  char buffer[1024];
  TextWriter line(buffer);
  line.append("==").signed_decimal(os::process_id()).append("==").append(prefix);
  line.append(about).append(": ").append(message).append('\n');
  reporter.say(line.view());
}

}  // namespace

void warn(std::string_view about, std::string_view message) noexcept {
  say("WARNING: Padlock: ", about, message);
}

void note(std::string_view about, std::string_view message) noexcept {
  if (settings.options.verbosity > 0) say("Padlock: ", about, message);
}

}  // namespace padlock::runtime
