// Makes small ELF files in memory, for tests of their reader.
#pragma once

#include <elf.h>

#include <cstddef>
#include <cstring>
#include <span>
#include <string>
#include <vector>

namespace padlock::cli {

/// A 64-bit x86 program: header, program headers, loader path, dynamic section, dynamic names. All of it is
/// one segment loaded at kBase.
class ElfBuilder {
 public:
  static constexpr std::uint64_t kBase = 0x400000;

  ElfBuilder& loader(const std::string& path) { return loader_ = path, *this; }
  /// Adds a name to the dynamic string table.
  ElfBuilder& name(const std::string& name) { return names_ += name + '\0', *this; }
  /// A segment of notes, padded to four bytes.
  ElfBuilder& notes(const std::string& bytes) { return notes_ = bytes, *this; }

  [[nodiscard]] std::vector<std::byte> build() const {
    std::uint16_t segments = 2;
    if (!loader_.empty()) ++segments;
    if (!notes_.empty()) ++segments;
    const std::uint64_t loader_at = sizeof(Elf64_Ehdr) + segments * sizeof(Elf64_Phdr);
    const std::uint64_t dynamic_at = loader_at + loader_.size() + 1;
    const std::uint64_t names_at = dynamic_at + 3 * sizeof(Elf64_Dyn);
    const std::uint64_t notes_at = names_at + names_.size();
    const std::uint64_t end = notes_at + notes_.size();

    std::vector<std::byte> file;
    append(file, header(segments));
    append(file, segment(PT_LOAD, 0, end));
    append(file, segment(PT_DYNAMIC, dynamic_at, 3 * sizeof(Elf64_Dyn)));
    if (!loader_.empty()) append(file, segment(PT_INTERP, loader_at, loader_.size() + 1));
    if (!notes_.empty()) append(file, segment(PT_NOTE, notes_at, notes_.size()));
    append_text(file, loader_ + '\0');
    append(file, Elf64_Dyn{DT_STRTAB, {kBase + names_at}});
    append(file, Elf64_Dyn{DT_STRSZ, {names_.size()}});
    append(file, Elf64_Dyn{DT_NULL, {0}});
    append_text(file, names_);
    append_text(file, notes_);
    return file;
  }

 private:
  static Elf64_Ehdr header(std::uint16_t segments) {
    Elf64_Ehdr header = {};
    std::memcpy(header.e_ident, ELFMAG, SELFMAG);
    header.e_ident[EI_CLASS] = ELFCLASS64;
    header.e_ident[EI_DATA] = ELFDATA2LSB;
    header.e_ident[EI_VERSION] = EV_CURRENT;
    header.e_type = ET_DYN;
    header.e_machine = EM_X86_64;
    header.e_version = EV_CURRENT;
    header.e_phoff = sizeof(Elf64_Ehdr);
    header.e_ehsize = sizeof(Elf64_Ehdr);
    header.e_phentsize = sizeof(Elf64_Phdr);
    header.e_phnum = segments;
    return header;
  }
  static Elf64_Phdr segment(std::uint32_t type, std::uint64_t offset, std::uint64_t size) {
    Elf64_Phdr segment = {};
    segment.p_type = type;
    segment.p_offset = offset;
    segment.p_vaddr = kBase + offset;
    segment.p_filesz = size;
    segment.p_memsz = size;
    return segment;
  }
  template <class T>
  static void append(std::vector<std::byte>& file, const T& value) {
    const auto raw = std::as_bytes(std::span(&value, 1));
    file.insert(file.end(), raw.begin(), raw.end());
  }
  static void append_text(std::vector<std::byte>& file, const std::string& text) {
    const auto raw = std::as_bytes(std::span(text));
    file.insert(file.end(), raw.begin(), raw.end());
  }

  std::string loader_;
  std::string names_ = std::string(1, '\0');
  std::string notes_;
};

}  // namespace padlock::cli
