// A module's build id, from the notes of its ELF image in memory. Nothing in the image is trusted: a
// module may be any mapped file.
#include <elf.h>
#include <cstring>

#include "os/memory.h"
#include "os/modules.h"

namespace padlock::os {
namespace {

constexpr std::size_t kMostSegments = 128;
constexpr std::size_t kMostNoteBytes = 64 * 1024;

// Copies a T out of the program's memory if it can be read.
template <typename T>
bool load(std::uintptr_t address, T& value) noexcept {
  if (!is_readable(address, sizeof value)) return false;
  std::memcpy(&value, reinterpret_cast<const void*>(address), sizeof value);
  return true;
}

bool load_header(std::uintptr_t load_base, Elf64_Ehdr& header) noexcept {
  return load(load_base, header) && std::memcmp(header.e_ident, ELFMAG, SELFMAG) == 0 &&
         header.e_ident[EI_CLASS] == ELFCLASS64 && header.e_phentsize == sizeof(Elf64_Phdr) &&
         header.e_phnum <= kMostSegments;
}

bool load_segment(std::uintptr_t load_base, const Elf64_Ehdr& header, std::size_t index,
                  Elf64_Phdr& segment) noexcept {
  return load(load_base + header.e_phoff + index * sizeof segment, segment);
}

// Address in memory minus address in the file. False if no segment holds the start of the file.
bool find_bias(std::uintptr_t load_base, const Elf64_Ehdr& header, std::uintptr_t& bias) noexcept {
  Elf64_Phdr segment;
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    if (!load_segment(load_base, header, i, segment)) return false;
    if (segment.p_type == PT_LOAD && segment.p_offset == 0) {
      bias = load_base - segment.p_vaddr;
      return true;
    }
  }
  return false;
}

constexpr std::uint64_t round_up(std::uint64_t size, std::uint64_t alignment) noexcept {
  return (size + alignment - 1) & ~(alignment - 1);
}

bool is_build_id(std::uintptr_t note, const Elf64_Nhdr& header) noexcept {
  char name[4];
  return header.n_type == NT_GNU_BUILD_ID && header.n_namesz == sizeof name &&
         load(note + sizeof header, name) && std::memcmp(name, "GNU", sizeof name) == 0;
}

void write_hex(std::uintptr_t bytes, std::size_t size, char (&hex)[41]) noexcept {
  constexpr char kDigits[] = "0123456789abcdef";
  const std::size_t kept = size < 20 ? size : 20;
  for (std::size_t i = 0; i < kept; ++i) {
    unsigned char byte = 0;
    if (!load(bytes + i, byte)) return;
    hex[2 * i] = kDigits[byte >> 4];
    hex[2 * i + 1] = kDigits[byte & 15];
    hex[2 * i + 2] = '\0';
  }
}

// Notes: a header, a name and a descriptor each, padded to the segment's alignment.
bool search_notes(std::uintptr_t notes, const Elf64_Phdr& segment, char (&hex)[41]) noexcept {
  const std::uint64_t alignment = segment.p_align == 8 ? 8 : 4;
  const std::uint64_t size = segment.p_memsz < kMostNoteBytes ? segment.p_memsz : kMostNoteBytes;
  Elf64_Nhdr header;
  for (std::uint64_t at = 0; at + sizeof header <= size;) {
    if (!load(notes + at, header)) return false;
    const std::uint64_t content = at + round_up(sizeof header + header.n_namesz, alignment);
    if (content + header.n_descsz > size) return false;
    if (is_build_id(notes + at, header)) {
      write_hex(notes + content, header.n_descsz, hex);
      return true;
    }
    at = content + round_up(header.n_descsz, alignment);
  }
  return false;
}

}  // namespace

void build_id(std::uintptr_t load_base, char (&hex)[41]) noexcept {
  hex[0] = '\0';
  Elf64_Ehdr header;
  std::uintptr_t bias = 0;
  if (load_base == 0 || !load_header(load_base, header) || !find_bias(load_base, header, bias)) return;
  Elf64_Phdr segment;
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    if (!load_segment(load_base, header, i, segment)) return;
    if (segment.p_type == PT_NOTE && search_notes(bias + segment.p_vaddr, segment, hex)) return;
  }
}

}  // namespace padlock::os
