// Reads ELF headers, the loader's name and the dynamic string table, every access bounds-checked.
#include "cli/elf_file.h"

#include <elf.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>
#include <string_view>
#include <type_traits>

#include "arch/elf.h"
#include "base/file_mark.h"

namespace padlock::cli {
namespace {

using Bytes = std::span<const std::byte>;
using Form = ElfFacts::Form;

// The part of `bytes` that begins at `offset`, `size` bytes long; nothing if it is not all there.
std::optional<Bytes> part(Bytes bytes, std::uint64_t offset, std::uint64_t size) {
  if (offset > bytes.size() || size > bytes.size() - offset) return std::nullopt;
  return bytes.subspan(offset, size);
}

// The `index`th of an array of T at `offset`.
template <class T>
std::optional<T> element(Bytes bytes, std::uint64_t offset, std::uint64_t index) {
  static_assert(std::is_trivially_copyable_v<T>);
  if (offset > bytes.size() || index > bytes.size()) return std::nullopt;  // the sum below cannot wrap then
  const auto raw = part(bytes, offset + index * sizeof(T), sizeof(T));
  if (!raw) return std::nullopt;
  T value;
  std::memcpy(&value, raw->data(), sizeof value);
  return value;
}

std::string_view text(Bytes bytes) { return {reinterpret_cast<const char*>(bytes.data()), bytes.size()}; }

std::string architecture_name(bool wide, std::uint16_t machine) {
  const std::string width = wide ? "64-bit " : "32-bit ";
  switch (machine) {
    case EM_386:
      return width + "x86";
    case EM_X86_64:
      return width + (wide ? "x86" : "x32");
    case EM_ARM:
    case EM_AARCH64:
      return width + "ARM";
    case EM_PPC:
    case EM_PPC64:
      return width + "PowerPC";
    case EM_RISCV:
      return width + "RISC-V";
    case EM_S390:
      return width + "S/390";
    default:
      return width + "ELF machine " + std::to_string(machine);
  }
}

// The first program header of `type`.
std::optional<Elf64_Phdr> segment(Bytes file, const Elf64_Ehdr& header, std::uint32_t type) {
  for (std::uint16_t i = 0; i < header.e_phnum; ++i) {
    const auto candidate = element<Elf64_Phdr>(file, header.e_phoff, i);
    if (candidate && candidate->p_type == type) return candidate;
  }
  return std::nullopt;
}

// Where in the file the byte lies that is loaded at `address`.
std::optional<std::uint64_t> file_offset(Bytes file, const Elf64_Ehdr& header, std::uint64_t address) {
  for (std::uint16_t i = 0; i < header.e_phnum; ++i) {
    const auto load = element<Elf64_Phdr>(file, header.e_phoff, i);
    if (!load || load->p_type != PT_LOAD || address < load->p_vaddr) continue;
    const std::uint64_t inside = address - load->p_vaddr;
    if (inside < load->p_filesz && load->p_offset <= file.size()) return load->p_offset + inside;
  }
  return std::nullopt;
}

// The table of all names that the dynamic loader deals with: libraries needed, symbols in and out.
std::optional<std::string_view> dynamic_names(Bytes file, const Elf64_Ehdr& header) {
  const auto dynamic = segment(file, header, PT_DYNAMIC);
  if (!dynamic) return "";
  std::uint64_t address = 0;
  std::uint64_t size = 0;
  for (std::uint64_t i = 0; i < dynamic->p_filesz / sizeof(Elf64_Dyn); ++i) {
    const auto entry = element<Elf64_Dyn>(file, dynamic->p_offset, i);
    if (!entry) return std::nullopt;
    if (entry->d_tag == DT_NULL) break;
    if (entry->d_tag == DT_STRTAB) address = entry->d_un.d_ptr;
    if (entry->d_tag == DT_STRSZ) size = entry->d_un.d_val;
  }
  if (size == 0) return "";
  const auto offset = file_offset(file, header, address);
  const auto names = offset ? part(file, *offset, size) : std::nullopt;
  if (!names) return std::nullopt;
  return text(*names);
}

constexpr FileMark kMark;

struct SanitizerMark {
  std::string_view symbol;   // exactly: the runtime is linked in, or called
  std::string_view library;  // the beginning of the library's name: the runtime is shared
  std::string_view name;
};
constexpr std::array kSanitizerMarks = {
    SanitizerMark{"__asan_init", "libasan.so", "AddressSanitizer"},
    SanitizerMark{"__hwasan_init", "libhwasan.so", "HWAddressSanitizer"},
    SanitizerMark{"__tsan_init", "libtsan.so", "ThreadSanitizer"},
    SanitizerMark{"__msan_init", "libclang_rt.msan", "MemorySanitizer"},
    SanitizerMark{"__lsan_init", "liblsan.so", "LeakSanitizer"},
};

std::string_view sanitizer_in(std::string_view names) {
  while (!names.empty()) {
    const std::string_view name = names.substr(0, names.find('\0'));
    const auto* mark =
        std::find_if(kSanitizerMarks.begin(), kSanitizerMarks.end(),
                     [&](const SanitizerMark& m) { return name == m.symbol || name.starts_with(m.library); });
    if (mark != kSanitizerMarks.end()) return mark->name;
    names.remove_prefix(std::min(names.size(), name.size() + 1));
  }
  return "";
}

// Whether the notes in `bytes`, padded to `alignment`, have Padlock's mark among them.
bool has_mark(Bytes bytes, std::uint64_t alignment) {
  const auto round_up = [alignment](std::uint64_t size) {
    return (size + alignment - 1) / alignment * alignment;
  };
  for (std::uint64_t at = 0;;) {
    const auto header = element<Elf64_Nhdr>(bytes, at, 0);
    if (!header) return false;
    const auto mark = element<FileMark>(bytes, at, 0);
    if (mark && std::memcmp(&*mark, &kMark, sizeof kMark) == 0) return true;
    at += round_up(round_up(sizeof *header + header->n_namesz) + header->n_descsz);
  }
}

bool has_mark(Bytes file, const Elf64_Ehdr& header) {
  for (std::uint16_t i = 0; i < header.e_phnum; ++i) {
    const auto notes = element<Elf64_Phdr>(file, header.e_phoff, i);
    if (!notes || notes->p_type != PT_NOTE) continue;
    const auto bytes = part(file, notes->p_offset, notes->p_filesz);
    if (bytes && has_mark(*bytes, notes->p_align == 8 ? 8 : 4)) return true;
  }
  return false;
}

ElfFacts damaged() {
  ElfFacts facts;
  facts.form = Form::kDamaged;
  return facts;
}

ElfFacts read_program(Bytes file, const Elf64_Ehdr& header) {
  if (header.e_phentsize != sizeof(Elf64_Phdr)) return damaged();
  if (!part(file, header.e_phoff, std::uint64_t{header.e_phnum} * sizeof(Elf64_Phdr))) return damaged();

  ElfFacts facts;
  facts.architecture = architecture_name(true, header.e_machine);
  const auto names = dynamic_names(file, header);
  if (!names) return damaged();
  facts.sanitizer = sanitizer_in(*names);
  facts.has_padlock = has_mark(file, header);

  const auto interpreter = segment(file, header, PT_INTERP);
  facts.form = interpreter ? Form::kDynamic : Form::kStatic;
  if (!interpreter) return facts;
  const auto path = part(file, interpreter->p_offset, interpreter->p_filesz);
  if (!path) return damaged();
  facts.loader = text(*path).substr(0, text(*path).find('\0'));
  return facts;
}

}  // namespace

ElfFacts read_elf(Bytes bytes) {
  const auto ident = part(bytes, 0, SELFMAG);
  if (!ident || std::memcmp(ident->data(), ELFMAG, SELFMAG) != 0) return {};
  // The first 20 bytes look the same in both classes.
  const auto kind = element<std::array<unsigned char, EI_NIDENT>>(bytes, 0, 0);
  const auto machine = element<std::uint16_t>(bytes, offsetof(Elf64_Ehdr, e_machine), 0);
  if (!kind || !machine) return damaged();

  const bool wide = (*kind)[EI_CLASS] == ELFCLASS64;
  const bool little = (*kind)[EI_DATA] == ELFDATA2LSB;
  if (!wide || !little || *machine != arch::kElfMachine) {
    ElfFacts facts;
    facts.form = Form::kForeign;
    facts.architecture = little ? architecture_name(wide, *machine) : "big-endian";
    return facts;
  }
  const auto header = element<Elf64_Ehdr>(bytes, 0, 0);
  if (!header) return damaged();
  if (header->e_type != ET_EXEC && header->e_type != ET_DYN) {
    ElfFacts facts;
    facts.form = Form::kNotAProgram;
    return facts;
  }
  return read_program(bytes, *header);
}

}  // namespace padlock::cli
