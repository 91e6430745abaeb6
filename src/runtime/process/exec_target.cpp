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
#include "os/errno_keeper.h"
#include "os/process.h"
#include "os/system_call.h"
#include "runtime/memory/settings.h"
#include "runtime/reporting/notice.h"

namespace padlock::runtime {
namespace {

constexpr std::size_t kLongestPath = 1024;
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

/// The first executable file of that name along PATH; "" if there is none.
void look_up(const char* name, char (&path)[kLongestPath]) noexcept {
  const char* const value = os::environment("PATH");
  std::string_view folders = value == nullptr ? "/bin:/usr/bin" : value;
  while (!folders.empty()) {
    const std::string_view folder = folders.substr(0, folders.find(':'));
    folders.remove_prefix(folder.size() < folders.size() ? folder.size() + 1 : folder.size());
    TextWriter text(path);
    text.append(folder).append(folder.empty() ? "" : "/").append(name);
    text.c_str();
    if (!text.truncated() && is_executable(path)) return;
  }
  path[0] = '\0';
}

}  // namespace

void warn_of_exec_target(const char* file, bool search) noexcept {
  const char* const preload = os::environment("LD_PRELOAD");
  const bool inherited =
      preload != nullptr && std::string_view(preload).find("libpadlock") != std::string_view::npos;
  if (file == nullptr || !inherited || settings.aside || settings.bystander) return;
  char path[kLongestPath];
  if (search && std::string_view(file).find('/') == std::string_view::npos) {
    look_up(file, path);
    file = path;
  }
  if (!gains_privileges(file)) return;
  char message[kLongestPath + 100];
  TextWriter text(message);
  text.printable(file).append(" gains privileges when it is executed, so the loader ignores LD_PRELOAD");
  warn("nothing is guarded", text.view());
}

void on_spawn(PassedCall& call) noexcept {
  const os::ErrnoKeeper keeper;
  warn_of_exec_target(reinterpret_cast<const char*>(call.argument[1]), false);
}

void on_spawn_by_name(PassedCall& call) noexcept {
  const os::ErrnoKeeper keeper;
  warn_of_exec_target(reinterpret_cast<const char*>(call.argument[1]), true);
}

}  // namespace padlock::runtime
