// From the loader's index and link map, and the notes of the module in memory.
#include "os/module_identity.h"

#include <dlfcn.h>
#include <elf.h>
#include <link.h>

#include <algorithm>
#include <cstring>
#include <optional>
#include <span>
#include <string_view>

#include "os/modules.h"
#include "os/process.h"
#include "os/system_call.h"

namespace padlock::os {
namespace {

constexpr std::size_t kLongestId = 20;    // bytes
constexpr std::size_t kFirstPage = 4096;  // of a module: the headers are in it, and it can be read

// Of a path that is too long the tail, which names the module.
void set_path(std::string_view folder, std::string_view name, ModuleIdentity& module) noexcept {
  constexpr std::size_t kLongest = sizeof module.path - 1;
  name.remove_prefix(name.size() - std::min(name.size(), kLongest));
  if (folder.size() + 1 + name.size() > kLongest) folder = {};
  char* to = module.path;
  if (!folder.empty()) {
    to += folder.copy(to, folder.size());
    *to++ = '/';
  }
  to += name.copy(to, name.size());
  *to = '\0';
}

// A relative path means another file once the program has changed its folder.
void read_path(const char* name, ModuleIdentity& module) noexcept {
  std::string_view path(name == nullptr || *name == '\0' ? program_as_started() : name);
  if (path.find('/') == std::string_view::npos || path.starts_with('/')) return set_path({}, path, module);
  char folder[sizeof module.path];
  const SystemResult size = system_call(SYS_getcwd, folder, sizeof folder);
  while (path.starts_with("./")) path.remove_prefix(2);
  set_path(size.ok() ? std::string_view(folder) : std::string_view(), path, module);
}

void write_hex(const std::uint8_t* bytes, std::size_t count, char (&hex)[41]) noexcept {
  constexpr char kDigits[] = "0123456789abcdef";
  for (std::size_t i = 0; i < std::min(count, kLongestId); ++i) {
    hex[2 * i] = kDigits[bytes[i] >> 4];
    hex[2 * i + 1] = kDigits[bytes[i] & 15];
    hex[2 * i + 2] = '\0';
  }
}

// Notes: a header, a name and a descriptor each, padded to the segment's alignment.
void search_notes(std::uintptr_t at, const Elf64_Phdr& segment, ModuleIdentity& module) noexcept {
  const std::uint64_t mask = segment.p_align == 8 ? 7 : 3;
  const std::uintptr_t end = at + segment.p_memsz;
  while (end - at >= sizeof(Elf64_Nhdr)) {
    Elf64_Nhdr note;
    std::memcpy(&note, reinterpret_cast<const void*>(at), sizeof note);
    const std::uintptr_t name = at + sizeof note;
    const std::uintptr_t content = at + ((sizeof note + note.n_namesz + mask) & ~mask);
    if (content > end || note.n_descsz > end - content) return;
    const bool is_gnu =
        note.n_namesz == sizeof ELF_NOTE_GNU &&
        std::memcmp(reinterpret_cast<const void*>(name), ELF_NOTE_GNU, sizeof ELF_NOTE_GNU) == 0;
    if (is_gnu && note.n_type == NT_GNU_BUILD_ID) {
      return write_hex(reinterpret_cast<const std::uint8_t*>(content), note.n_descsz, module.build_id);
    }
    at = content + ((note.n_descsz + mask) & ~mask);
    if (at > end) return;
  }
}

void read_build_id(ModuleIdentity& module) noexcept {
  const auto* const header = reinterpret_cast<const Elf64_Ehdr*>(module.range.begin);
  if (std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_phentsize != sizeof(Elf64_Phdr) ||
      header->e_phoff + header->e_phnum * sizeof(Elf64_Phdr) > kFirstPage)
    return;
  const auto* const segments = reinterpret_cast<const Elf64_Phdr*>(module.range.begin + header->e_phoff);
  for (const Elf64_Phdr& segment : std::span(segments, header->e_phnum)) {
    const std::uintptr_t begin = module.bias + segment.p_vaddr;
    if (segment.p_type != PT_NOTE || !module.range.contains(begin)) continue;
    if (segment.p_memsz <= module.range.end - begin) search_notes(begin, segment, module);
    if (module.build_id[0] != '\0') return;
  }
}

std::string_view file_name(const char* path) noexcept {
  std::string_view name(path);
  name.remove_prefix(name.rfind('/') + 1);  // none: from the start
  return name;
}

}  // namespace

bool identify_module(std::uintptr_t address, ModuleIdentity& module) noexcept {
  dl_find_object found;
  if (_dl_find_object(reinterpret_cast<void*>(address), &found) != 0) return false;
  module = {};
  module.range.begin = reinterpret_cast<std::uintptr_t>(found.dlfo_map_start);
  module.range.end = reinterpret_cast<std::uintptr_t>(found.dlfo_map_end);
  if (found.dlfo_link_map != nullptr) {
    module.bias = found.dlfo_link_map->l_addr;
    read_path(found.dlfo_link_map->l_name, module);
  }
  read_build_id(module);
  return true;
}

bool same_module(const ModuleIdentity& one, const ModuleIdentity& other) noexcept {
  if (one.range.begin != other.range.begin || one.range.end != other.range.end) return false;
  if (one.build_id[0] != '\0' && other.build_id[0] != '\0') {
    return std::strcmp(one.build_id, other.build_id) == 0;
  }
  if (one.path[0] == '\0' || other.path[0] == '\0') return true;
  return file_name(one.path) == file_name(other.path);
}

bool is_still_loaded(const ModuleIdentity& module) noexcept {
  const std::optional<Mapping> now = loaded_module(module.range.begin);
  if (!now) return false;
  ModuleIdentity present;
  present.range = {now->begin, now->end};
  std::copy_n(now->path, sizeof present.path, present.path);
  if (module.build_id[0] != '\0') build_id(now->begin, present.build_id);
  return same_module(module, present);
}

}  // namespace padlock::os
