// What the kernel looks at when it executes a file: the ELF header, or the first line of a script.
#include "runtime/process/foreign_program.h"

#include <elf.h>
#include <fcntl.h>

#include <cstring>

#include "base/text.h"
#include "os/system_call.h"

namespace padlock::runtime {
namespace {

constexpr std::size_t kHead = 256;         // bytes that the kernel reads
constexpr unsigned kMostInterpreters = 5;  // each a script's of the one before
constexpr std::string_view kName = "LD_PRELOAD=";
constexpr std::string_view kSeparators = ": ";

std::size_t read_head(const char* path, char (&head)[kHead]) noexcept {
  const os::SystemResult file =
      os::system_call(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (!file.ok()) return 0;
  const long read = os::system_call(SYS_read, file.value(), head, kHead).value_or(0);
  os::system_call(SYS_close, file.value());
  return static_cast<std::size_t>(read);
}

bool is_elf(std::string_view head) noexcept {
  return head.size() >= offsetof(Elf64_Ehdr, e_version) &&
         head.starts_with(std::string_view(ELFMAG, SELFMAG));
}

bool is_of_this_kind(std::string_view head) noexcept {
  Elf64_Half machine = 0;  // at the same place in a header of either class
  std::memcpy(&machine, head.data() + offsetof(Elf64_Ehdr, e_machine), sizeof machine);
  return head[EI_CLASS] == ELFCLASS64 && head[EI_DATA] == ELFDATA2LSB && machine == EM_X86_64;
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

bool is_padlock(std::string_view entry) noexcept {
  return entry.find("libpadlock") != std::string_view::npos;
}

}  // namespace

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

EnvironmentWithoutPadlock::EnvironmentWithoutPadlock(char* const* original) noexcept : result_(original) {
  if (original == nullptr) return;
  std::size_t count = 0;
  bool found = false;
  for (; *original != nullptr && count < kMostVariables; ++original) {
    const std::string_view variable(*original);
    if (!variable.starts_with(kName) || !is_padlock(variable)) {
      variables_[count++] = *original;
      continue;
    }
    if (!write_preload(variable.substr(kName.size()))) return;
    found = true;
    if (preload_[kName.size()] != '\0') variables_[count++] = preload_;
  }
  if (*original != nullptr || !found) return;
  variables_[count] = nullptr;
  result_ = variables_;
}

bool EnvironmentWithoutPadlock::write_preload(std::string_view entries) noexcept {
  TextWriter text(preload_);
  text.append(kName);
  bool first = true;
  while (!entries.empty()) {
    const std::string_view entry = entries.substr(0, entries.find_first_of(kSeparators));
    entries.remove_prefix(entry.size() < entries.size() ? entry.size() + 1 : entry.size());
    if (entry.empty() || is_padlock(entry)) continue;
    text.append(first ? "" : ":").append(entry);
    first = false;
  }
  text.c_str();
  return !text.truncated();
}

}  // namespace padlock::runtime
