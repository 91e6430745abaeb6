// The rule of cap_bprm_creds_from_file() in Linux, as in cli/program.cpp: by the file's mode, owner and
// capabilities, where neither the process nor the mount forbids to gain privileges.
#include "runtime/process/exec_target.h"

#include <fcntl.h>
#include <linux/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include <cstring>
#include <string_view>

#include "base/text.h"
#include "os/process.h"
#include "os/system_call.h"
#include "runtime/memory/settings.h"
#include "runtime/reporting/notice.h"

namespace padlock::runtime {
namespace {

constexpr long kNoSetUid = 2;  // ST_NOSUID

bool may_gain_privileges(const char* path) noexcept {
  struct statfs mount = {};
  if (os::system_call(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0).value_or(0) == 1) return false;
  return os::system_call(SYS_statfs, path, &mount).ok() && (mount.f_flags & kNoSetUid) == 0;
}

bool gains_privileges(const char* path) noexcept {
  struct stat file = {};
  if (!os::system_call(SYS_newfstatat, AT_FDCWD, path, &file, 0).ok() || !S_ISREG(file.st_mode)) return false;
  const auto user = static_cast<uid_t>(os::system_call(SYS_getuid).value());
  const auto group = static_cast<gid_t>(os::system_call(SYS_getgid).value());
  const bool by_user = (file.st_mode & S_ISUID) != 0 && file.st_uid != user;
  const bool by_group =
      (file.st_mode & S_ISGID) != 0 && (file.st_mode & S_IXGRP) != 0 && file.st_gid != group;
  const bool by_capabilities =
      user != 0 && os::system_call(SYS_getxattr, path, "security.capability", nullptr, 0).value_or(0) > 0;
  return (by_user || by_group || by_capabilities) && may_gain_privileges(path);
}

bool is_executable(const char* path) noexcept {
  struct stat file = {};
  return os::system_call(SYS_newfstatat, AT_FDCWD, path, &file, 0).ok() && S_ISREG(file.st_mode) &&
         os::system_call(SYS_faccessat, AT_FDCWD, path, 1).ok();
}

bool has_padlock_in_preload() noexcept {
  const char* const preload = os::environment("LD_PRELOAD");
  return preload != nullptr && std::string_view(preload).find("libpadlock") != std::string_view::npos;
}

}  // namespace

ExecTarget::ExecTarget(const char* file, bool search) noexcept
    : path_(file), inherits_(file != nullptr && has_padlock_in_preload()) {
  if (inherits_ && search && std::string_view(file).find('/') == std::string_view::npos) look_up(file);
}

/// The first executable file of that name along PATH; "" if there is none.
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
    if (!text.truncated() && is_executable(found_)) return;
  }
  found_[0] = '\0';
}

void warn_of_exec_target(const ExecTarget& target) noexcept {
  if (!target.inherits_padlock() || settings.aside || settings.bystander) return;
  if (!gains_privileges(target.path())) return;
  char message[1100];
  TextWriter text(message);
  text.printable(target.path())
      .append(" gains privileges when it is executed, so the loader ignores LD_PRELOAD");
  warn("nothing is guarded", text.view());
}

}  // namespace padlock::runtime
