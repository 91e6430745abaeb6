// By the file's inode, and what the kernel says of the process and the mount.
#include "os/executable.h"

#include <elf.h>
#include <fcntl.h>
#include <linux/prctl.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include <cstddef>
#include <cstring>
#include <string_view>

#include "arch/elf.h"
#include "base/text.h"
#include "os/system_call.h"

namespace padlock::os {
namespace {

constexpr std::size_t kHead = 256;         // bytes that the kernel reads
constexpr unsigned kMostInterpreters = 5;  // each a script's of the one before
std::size_t read_head(const char* path, char (&head)[kHead]) noexcept {
  const SystemResult file = system_call(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (!file.ok()) return 0;
  const long read = system_call(SYS_read, file.value(), head, kHead).value_or(0);
  system_call(SYS_close, file.value());
  return static_cast<std::size_t>(read);
}

bool is_elf(std::string_view head) noexcept {
  return head.size() >= offsetof(Elf64_Ehdr, e_version) &&
         head.starts_with(std::string_view(ELFMAG, SELFMAG));
}

bool is_of_this_kind(std::string_view head) noexcept {
  Elf64_Half machine = 0;  // at the same place in a header of either class
  std::memcpy(&machine, head.data() + offsetof(Elf64_Ehdr, e_machine), sizeof machine);
  return head[EI_CLASS] == ELFCLASS64 && head[EI_DATA] == ELFDATA2LSB && machine == arch::kElfMachine;
}

// The interpreter of "#! /bin/sh -e"; empty if it is not to be found in the head.
std::string_view interpreter_of(std::string_view head) noexcept {
  if (!head.starts_with("#!")) return {};
  head.remove_prefix(2);
  const std::size_t begin = head.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  const std::size_t end = head.find_first_of(" \t\n", begin);
  return end == std::string_view::npos ? std::string_view{} : head.substr(begin, end - begin);
}

constexpr long kNoSetUid = 2;  // ST_NOSUID

bool may_gain_privileges(const char* path) noexcept {
  struct statfs mount = {};
  if (system_call(SYS_prctl, PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0).value_or(0) == 1) return false;
  return system_call(SYS_statfs, path, &mount).ok() && (mount.f_flags & kNoSetUid) == 0;
}

}  // namespace

bool gains_privileges(const char* path) noexcept {
  struct stat file = {};
  if (!system_call(SYS_newfstatat, AT_FDCWD, path, &file, 0).ok() || !S_ISREG(file.st_mode)) return false;
  const auto user = static_cast<uid_t>(system_call(SYS_getuid).value());
  const auto group = static_cast<gid_t>(system_call(SYS_getgid).value());
  const bool by_user = (file.st_mode & S_ISUID) != 0 && file.st_uid != user;
  const bool by_group =
      (file.st_mode & S_ISGID) != 0 && (file.st_mode & S_IXGRP) != 0 && file.st_gid != group;
  const bool by_capabilities =
      user != 0 && system_call(SYS_getxattr, path, "security.capability", nullptr, 0).value_or(0) > 0;
  return (by_user || by_group || by_capabilities) && may_gain_privileges(path);
}

bool is_executable(const char* path) noexcept {
  struct stat file = {};
  return system_call(SYS_newfstatat, AT_FDCWD, path, &file, 0).ok() && S_ISREG(file.st_mode) &&
         system_call(SYS_faccessat, AT_FDCWD, path, 1).ok();
}

bool is_foreign_program(const char* path) noexcept {
  char head[kHead];
  char interpreter[kHead];
  for (unsigned i = 0; i <= kMostInterpreters; ++i) {
    const std::string_view bytes(head, read_head(path, head));
    if (is_elf(bytes)) return !is_of_this_kind(bytes);
    TextWriter text(interpreter);
    text.append(interpreter_of(bytes));
    if (text.size() == 0) return false;
    path = text.c_str();
  }
  return false;
}

}  // namespace padlock::os
