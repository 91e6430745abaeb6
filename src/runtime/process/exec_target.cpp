// Finding the file that is executed, as libc does.
#include "runtime/process/exec_target.h"

#include <cstring>
#include <string_view>

#include "base/text.h"
#include "os/executable.h"
#include "os/process.h"
#include "runtime/memory/settings.h"
#include "runtime/reporting/notice.h"

namespace padlock::runtime {
namespace {

bool has_padlock_in_preload() noexcept {
  const char* const preload = os::environment("LD_PRELOAD");
  return preload != nullptr && std::string_view(preload).find("libpadlock") != std::string_view::npos;
}

}  // namespace

ExecTarget::ExecTarget(const char* file, bool search) noexcept
    : path_(file), inherits_(file != nullptr && has_padlock_in_preload()) {
  if (inherits_ && search && std::string_view(file).find('/') == std::string_view::npos) look_up(file);
}

// The first executable file of that name along PATH; "" if there is none.
void ExecTarget::look_up(std::string_view name) noexcept {
  path_ = found_;
  const char* const value = os::environment("PATH");
  std::string_view folders = value == nullptr ? "/bin:/usr/bin" : value;
  while (!folders.empty()) {
    const std::string_view folder = folders.substr(0, folders.find(':'));
    folders.remove_prefix(folder.size() < folders.size() ? folder.size() + 1 : folder.size());
    TextWriter text(found_);
    text.append(folder).append(folder.empty() ? "" : "/").append(name);
    text.c_str();
    if (!text.truncated() && os::is_executable(found_)) return;
  }
  found_[0] = '\0';
}

void warn_of_exec_target(const ExecTarget& target) noexcept {
  if (!target.inherits_padlock() || settings.aside || settings.bystander) return;
  if (!os::gains_privileges(target.path())) return;
  char message[1100];
  TextWriter text(message);
  text.printable(target.path())
      .append(" gains privileges when it is executed, so the loader ignores LD_PRELOAD");
  warn("nothing is guarded", text.view());
}

}  // namespace padlock::runtime
