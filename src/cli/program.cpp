// Program look-up along PATH, and the checks of an ELF program, through any scripts in front of it.
#include "cli/program.h"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "arch/elf.h"
#include "cli/elf_file.h"
#include "cli/mapped_file.h"
#include "cli/refusal.h"
#include "cli/script.h"

namespace padlock::cli {
namespace {

constexpr int kMostScripts = 5;  // one script run by another, as deep as the kernel follows

enum class Fitness { kMissing, kUnfit, kFit };

Fitness fitness(const std::string& path) {
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) return errno == EACCES ? Fitness::kUnfit : Fitness::kMissing;
  return S_ISREG(status.st_mode) && access(path.c_str(), X_OK) == 0 ? Fitness::kFit : Fitness::kUnfit;
}

[[noreturn]] void refuse_unfit(const std::string& path) {
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) {
    throw Refusal(Status::kCannotExecute, fmt::format("{}: {}", path, std::strerror(errno)));
  }
  if (S_ISDIR(status.st_mode)) throw Refusal(Status::kCannotExecute, fmt::format("{} is a directory", path));
  if (!S_ISREG(status.st_mode)) throw Refusal(Status::kCannotExecute, fmt::format("{} is not a file", path));
  throw Refusal(Status::kCannotExecute, fmt::format("{} is not executable (chmod +x it?)", path));
}

Ownership ownership_of(const std::string& path) {
  Ownership ownership;
  struct stat status = {};
  if (stat(path.c_str(), &status) != 0) return ownership;
  ownership.mode = status.st_mode;
  ownership.owner = status.st_uid;
  ownership.group = status.st_gid;
  ownership.capabilities = getxattr(path.c_str(), "security.capability", nullptr, 0) > 0;
  ownership.user = getuid();
  ownership.user_group = getgid();
  return ownership;
}

// Refuses a program that the loader would start without Padlock; otherwise a note for one that it would start
// without Padlock for other users.
std::string check_privilege(const std::string& path) {
  const Ownership ownership = ownership_of(path);
  const std::string reason = gains_privilege(ownership);
  if (!reason.empty()) {
    throw Refusal(Status::kPrivileged,
                  fmt::format("{} {}, so the loader ignores LD_PRELOAD; run a copy without that privilege",
                              path, reason));
  }
  if (!asks_for_privilege(ownership)) return "";
  return fmt::format(
      "{} is set-user-ID, set-group-ID or has capabilities: it gains nothing by them from this "
      "user, so Padlock works; from others the loader would ignore Padlock",
      path);
}

void check_elf(const std::string& path, const ElfFacts& facts) {
  using Form = ElfFacts::Form;
  if (facts.form == Form::kDamaged) {
    throw Refusal(Status::kCannotExecute, fmt::format("{} is a damaged ELF file", path));
  }
  if (facts.form == Form::kNotAProgram) {
    throw Refusal(Status::kCannotExecute, fmt::format("{} is an ELF file, but not a program", path));
  }
  if (facts.form == Form::kForeign) {
    throw Refusal(Status::kForeignArchitecture, fmt::format("{} is a {} program; this Padlock is for {}",
                                                            path, facts.architecture, arch::kName));
  }
  if (!facts.sanitizer.empty()) {
    throw Refusal(Status::kSanitized,
                  fmt::format("{} is built with {}, which has an allocator of its own; build it without",
                              path, facts.sanitizer));
  }
  if (facts.form == Form::kStatic && facts.has_padlock) {
    throw Refusal(Status::kStatic,
                  fmt::format("{} is statically linked, with libpadlock.a: it is guarded as it is", path));
  }
  if (facts.form == Form::kStatic) {
    throw Refusal(
        Status::kStatic,
        fmt::format("{} is statically linked, so nothing can be preloaded; link libpadlock.a into it", path));
  }
  if (facts.loader.find(arch::kLoader) == std::string::npos) {
    throw Refusal(Status::kForeignLibc,
                  fmt::format("{} is loaded by {}, but Padlock needs the GNU C library", path, facts.loader));
  }
}

// The interpreter of the script at `path`, checked to be there.
std::string interpreter_of(const std::string& path, const std::string& interpreter) {
  if (fitness(interpreter) == Fitness::kFit) return interpreter;
  const bool missing = fitness(interpreter) == Fitness::kMissing;
  throw Refusal(missing ? Status::kNotFound : Status::kCannotExecute,
                fmt::format("{} is a script for {}, which {}", path, interpreter,
                            missing ? "does not exist" : "is not executable"));
}

std::string check_at_depth(const std::string& path, std::string_view search_path, int depth) {
  if (depth > kMostScripts) {
    throw Refusal(Status::kCannotExecute, fmt::format("{}: scripts call for one another too deeply", path));
  }
  const MappedFile file(path);
  const ElfFacts facts = read_elf(file.bytes());
  if (facts.form != ElfFacts::Form::kNotElf) {
    check_elf(path, facts);
    return check_privilege(path);
  }
  if (!file.readable()) return check_privilege(path);

  const Script script = read_script(file.bytes());
  if (!script.is_script) {
    throw Refusal(Status::kCannotExecute, fmt::format("{} is neither an ELF program nor a script", path));
  }
  std::string note = check_at_depth(interpreter_of(path, script.interpreter), search_path, depth + 1);
  if (script.through_env.empty()) return note;
  return check_at_depth(locate_program(script.through_env, search_path), search_path, depth + 1);
}

}  // namespace

bool asks_for_privilege(const Ownership& ownership) {
  const bool group_runs = (ownership.mode & S_ISGID) != 0 && (ownership.mode & S_IXGRP) != 0;
  return (ownership.mode & S_ISUID) != 0 || group_runs || ownership.capabilities;
}

std::string gains_privilege(const Ownership& ownership) {
  if ((ownership.mode & S_ISUID) != 0 && ownership.owner != ownership.user) {
    return fmt::format("is set-user-ID (to user {})", ownership.owner);
  }
  const bool group_runs = (ownership.mode & S_ISGID) != 0 && (ownership.mode & S_IXGRP) != 0;
  if (group_runs && ownership.group != ownership.user_group) {
    return fmt::format("is set-group-ID (to group {})", ownership.group);
  }
  if (ownership.capabilities && ownership.user != 0) return "has file capabilities";
  return "";
}

std::string locate_program(const std::string& name, std::string_view search_path) {
  if (name.empty()) throw Refusal(Status::kNotFound, "the program's name is empty");
  if (name.find('/') != std::string::npos) {
    if (fitness(name) == Fitness::kMissing)
      throw Refusal(Status::kNotFound, fmt::format("{} does not exist", name));
    if (fitness(name) == Fitness::kUnfit) refuse_unfit(name);
    return name;
  }
  std::string unfit;
  for (std::size_t begin = 0; begin <= search_path.size();) {
    const std::size_t end = std::min(search_path.find(':', begin), search_path.size());
    const std::string_view folder = search_path.substr(begin, end - begin);
    std::string path = fmt::format("{}/{}", folder.empty() ? "." : folder, name);
    const Fitness fit = fitness(path);
    if (fit == Fitness::kFit) return path;
    if (fit == Fitness::kUnfit && unfit.empty()) unfit = path;
    begin = end + 1;
  }
  if (!unfit.empty()) refuse_unfit(unfit);
  throw Refusal(Status::kNotFound, fmt::format("{} was not found along PATH", name));
}

std::string check_program(const std::string& path, std::string_view search_path) {
  return check_at_depth(path, search_path, 0);
}

}  // namespace padlock::cli
