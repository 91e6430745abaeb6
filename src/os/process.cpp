// The process, from the auxiliary vector, the environment and /proc.
#include "os/process.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <unistd.h>
#include <bit>
#include <cstddef>
#include <cstring>
#include <string_view>

#include "os/errno_keeper.h"
#include "os/file_reader.h"
#include "os/start_data.h"
#include "os/system_call.h"

namespace padlock::os {
namespace {

// End of the last segment of the module whose ELF header is at `base`; the loader's own, so it is sound.
std::uintptr_t module_end(std::uintptr_t base) noexcept {
  const auto* header = reinterpret_cast<const Elf64_Ehdr*>(base);
  const auto* segments = reinterpret_cast<const Elf64_Phdr*>(base + header->e_phoff);
  std::uintptr_t end = base;
  for (std::size_t i = 0; i < header->e_phnum; ++i) {
    const std::uintptr_t segment_end = base + segments[i].p_vaddr + segments[i].p_memsz;
    if (segments[i].p_type == PT_LOAD && segment_end > end) end = segment_end;
  }
  return end;
}

}  // namespace

bool is_secure_execution() noexcept { return auxiliary_value(AT_SECURE) != 0; }

const char* environment(const char* name) noexcept {
  const std::size_t length = std::strlen(name);
  const char* const* entries = environ != nullptr ? environ : initial_environment();
  for (; entries != nullptr && *entries != nullptr; ++entries) {
    if (std::strncmp(*entries, name, length) == 0 && (*entries)[length] == '=') return *entries + length + 1;
  }
  return nullptr;
}

char* const* current_environment() noexcept { return environ; }

bool exists(const char* path) noexcept { return system_call(SYS_faccessat, AT_FDCWD, path, F_OK, 0).ok(); }

bool is_readable_file(const char* path) noexcept {
  return system_call(SYS_faccessat, AT_FDCWD, path, R_OK, 0).ok();
}

const char* program_as_started() noexcept {
  const auto* const path = reinterpret_cast<const char*>(auxiliary_value(AT_EXECFN));
  return path != nullptr ? path : "";
}

void executable_path(char* path, unsigned capacity) noexcept {
  if (capacity == 0) return;
  const SystemResult length = system_call(SYS_readlink, "/proc/self/exe", path, capacity - 1);
  path[length.value_or(0)] = '\0';
}

std::size_t processor_count() noexcept {
  constexpr std::size_t kMostProcessors = 8192;  // as many as a Linux kernel can be built for
  std::uint64_t usable[kMostProcessors / 64] = {};
  system_call(SYS_sched_getaffinity, 0, sizeof usable, usable);
  std::size_t count = 0;
  for (const std::uint64_t word : usable) count += static_cast<std::size_t>(std::popcount(word));
  return count != 0 ? count : 1;
}

bool has_dynamic_loader() noexcept { return auxiliary_value(AT_BASE) != 0; }

std::uintptr_t program_entry() noexcept { return auxiliary_value(AT_ENTRY); }

AddressRange loader_range() noexcept {
  const std::uintptr_t base = auxiliary_value(AT_BASE);
  return base == 0 ? AddressRange{} : AddressRange{base, module_end(base)};
}

bool loader_is_changing_modules() noexcept {
  return __atomic_load_n(&_r_debug.r_state, __ATOMIC_RELAXED) != r_debug::RT_CONSISTENT;
}

std::size_t available_memory() noexcept {
  const ErrnoKeeper keeper;
  FileReader file("/proc/meminfo");
  constexpr std::string_view kName = "MemAvailable:";
  std::size_t matched = 0;
  std::size_t kibibytes = 0;
  for (int byte = file.next(); byte >= 0; byte = file.next()) {
    if (matched == kName.size()) {
      if (byte >= '0' && byte <= '9') kibibytes = kibibytes * 10 + static_cast<std::size_t>(byte - '0');
      if (byte == '\n') break;
    } else {
      matched = byte == kName[matched] ? matched + 1 : 0;
    }
  }
  return kibibytes * 1024;
}

}  // namespace padlock::os
