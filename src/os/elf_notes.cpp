// Notes of an image in memory, and the build id among them.
#include "os/elf_notes.h"

#include <elf.h>

#include <algorithm>
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

// Names in notes end with a NUL.
bool has_name(std::uintptr_t note, const Elf64_Nhdr& header, std::string_view name) noexcept {
  constexpr std::size_t kLongest = 16;
  char found[kLongest] = {};
  if (header.n_namesz != name.size() + 1 || header.n_namesz > kLongest) return false;
  const std::uintptr_t at = note + sizeof header;
  if (!is_readable(at, header.n_namesz)) return false;
  std::memcpy(found, reinterpret_cast<const void*>(at), header.n_namesz);
  return std::string_view(found, name.size()) == name && found[name.size()] == '\0';
}

// Notes: a header, a name and a descriptor each, padded to the segment's alignment.
std::optional<AddressRange> search_notes(std::uintptr_t notes, const Elf64_Phdr& segment,
                                         std::string_view name, std::uint32_t type) noexcept {
  const std::uint64_t alignment = segment.p_align == 8 ? 8 : 4;
  const std::uint64_t size = std::min<std::uint64_t>(segment.p_memsz, kMostNoteBytes);
  Elf64_Nhdr header;
  for (std::uint64_t at = 0; at + sizeof header <= size;) {
    if (!load(notes + at, header)) return std::nullopt;
    const std::uint64_t content = at + round_up(sizeof header + header.n_namesz, alignment);
    if (content + header.n_descsz > size) return std::nullopt;
    if (header.n_type == type && has_name(notes + at, header, name)) {
      return AddressRange{notes + content, notes + content + header.n_descsz};
    }
    at = content + round_up(header.n_descsz, alignment);
  }
  return std::nullopt;
}

void write_hex(const AddressRange& bytes, char (&hex)[41]) noexcept {
  constexpr char kDigits[] = "0123456789abcdef";
  const std::size_t kept = std::min<std::size_t>(bytes.end - bytes.begin, 20);
  for (std::size_t i = 0; i < kept; ++i) {
    unsigned char byte = 0;
    if (!load(bytes.begin + i, byte)) return;
    hex[2 * i] = kDigits[byte >> 4];
    hex[2 * i + 1] = kDigits[byte & 15];
    hex[2 * i + 2] = '\0';
  }
}

}  // namespace

std::optional<AddressRange> find_note(std::uintptr_t load_base, std::string_view name,
                                      std::uint32_t type) noexcept {
  Elf64_Ehdr header;
  std::uintptr_t bias = 0;
  if (load_base == 0 || !load_header(load_base, header) || !find_bias(load_base, header, bias))
    return std::nullopt;
  Elf64_Phdr segment;
  for (std::size_t i = 0; i < header.e_phnum; ++i) {
    if (!load_segment(load_base, header, i, segment)) return std::nullopt;
    if (segment.p_type != PT_NOTE) continue;
    if (const auto found = search_notes(bias + segment.p_vaddr, segment, name, type); found) return found;
  }
  return std::nullopt;
}

void build_id(std::uintptr_t load_base, char (&hex)[41]) noexcept {
  hex[0] = '\0';
  if (const auto id = find_note(load_base, ELF_NOTE_GNU, NT_GNU_BUILD_ID); id) write_hex(*id, hex);
}

}  // namespace padlock::os
