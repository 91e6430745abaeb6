// Section headers lead to the symbols and their names; every access is bounds-checked.
#include "os/elf_symbols.h"

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstring>

#include "os/system_call.h"

namespace padlock::os {

SymbolFile::SymbolFile(const char* path) noexcept {
  const SystemResult fd = system_call(SYS_openat, AT_FDCWD, path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (!fd.ok()) return;
  const long size = system_call(SYS_lseek, fd.value(), 0, SEEK_END).value_or(0);
  const void* start = nullptr;
  if (size > 0) start = system_call(SYS_mmap, nullptr, size, PROT_READ, MAP_PRIVATE, fd.value(), 0).address();
  if (start != nullptr) bytes_ = {static_cast<const std::byte*>(start), static_cast<std::size_t>(size)};
  system_call(SYS_close, fd.value());
}

SymbolFile::~SymbolFile() {
  if (!bytes_.empty()) system_call(SYS_munmap, bytes_.data(), bytes_.size());
}

template <typename T>
std::span<const T> SymbolFile::part(std::uint64_t offset, std::uint64_t size) const noexcept {
  if (offset > bytes_.size() || size > bytes_.size() - offset || offset % alignof(T) != 0) return {};
  return {reinterpret_cast<const T*>(bytes_.data() + offset), size / sizeof(T)};
}

SymbolFile::Table SymbolFile::symbol_table() const noexcept {
  const auto header = part<Elf64_Ehdr>(0, sizeof(Elf64_Ehdr));
  if (header.empty() || std::memcmp(header[0].e_ident, ELFMAG, SELFMAG) != 0 ||
      header[0].e_ident[EI_CLASS] != ELFCLASS64 || header[0].e_shentsize != sizeof(Elf64_Shdr)) {
    return {};
  }
  const auto sections =
      part<Elf64_Shdr>(header[0].e_shoff, std::uint64_t{header[0].e_shnum} * sizeof(Elf64_Shdr));
  for (const Elf64_Shdr& section : sections) {
    if (section.sh_type != SHT_SYMTAB || section.sh_link >= sections.size()) continue;
    const Elf64_Shdr& names = sections[section.sh_link];
    const auto text = part<char>(names.sh_offset, names.sh_size);
    return {part<Elf64_Sym>(section.sh_offset, section.sh_size), {text.data(), text.size()}};
  }
  return {};
}

}  // namespace padlock::os
