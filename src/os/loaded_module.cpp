// System V ABI, chapter 5, and the GNU hash table. The loader has rebased the addresses in the dynamic
// section of most modules, not of the vDSO.
#include "os/loaded_module.h"

#include <dlfcn.h>
#include <link.h>

#include <cstring>

namespace padlock::os {
namespace {

std::uint32_t gnu_hash(std::string_view name) noexcept {
  std::uint32_t hash = 5381;
  for (const char c : name) hash = hash * 33 + static_cast<unsigned char>(c);
  return hash;
}

}  // namespace

LoadedModule module_at(std::uintptr_t address) noexcept {
  dl_find_object found;
  if (_dl_find_object(reinterpret_cast<void*>(address), &found) != 0) return {};
  LoadedModule module;
  module.begin = reinterpret_cast<std::uintptr_t>(found.dlfo_map_start);
  module.end = reinterpret_cast<std::uintptr_t>(found.dlfo_map_end);
  if (found.dlfo_link_map != nullptr) {
    module.bias = found.dlfo_link_map->l_addr;
    module.dynamic = reinterpret_cast<std::uintptr_t>(found.dlfo_link_map->l_ld);
  }
  return module;
}

bool any_constant_data(const LoadedModule& module, bool (*holds)(std::string_view bytes) noexcept) noexcept {
  const auto* const header = reinterpret_cast<const Elf64_Ehdr*>(module.begin);
  const std::uintptr_t size = module.end - module.begin;
  if (std::memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 || header->e_phentsize != sizeof(Elf64_Phdr) ||
      header->e_phoff > size || header->e_phnum * sizeof(Elf64_Phdr) > size - header->e_phoff)
    return false;
  const auto* const segments = reinterpret_cast<const Elf64_Phdr*>(module.begin + header->e_phoff);
  for (const Elf64_Phdr& segment : std::span(segments, header->e_phnum)) {
    if (segment.p_type != PT_LOAD || (segment.p_flags & (PF_R | PF_W)) != PF_R) continue;
    const std::uintptr_t begin = module.bias + segment.p_vaddr;
    if (!module.holds(begin) || segment.p_filesz > module.end - begin) continue;
    if (holds({reinterpret_cast<const char*>(begin), segment.p_filesz})) return true;
  }
  return false;
}

template <typename T>
const T* DynamicTables::table(std::uint64_t address, std::size_t size) const noexcept {
  if (address == 0) return nullptr;
  if (!module_.holds(address)) address += module_.bias;
  if (!module_.holds(address) || size > module_.end - address || address % alignof(T) != 0) return nullptr;
  return reinterpret_cast<const T*>(address);
}

void DynamicTables::read(std::uint64_t tag, std::uint64_t value) noexcept {
  switch (tag) {
    case DT_SYMTAB:
      symbols_ = value;
      break;
    case DT_STRTAB:
      names_ = value;
      break;
    case DT_STRSZ:
      names_size_ = value;
      break;
    case DT_GNU_HASH:
      hash_ = value;
      break;
    case DT_VERSYM:
      versions_ = value;
      break;
    case DT_VERNEED:
      needed_ = value;
      break;
    case DT_RELA:
      relocations_range_.address = value;
      break;
    case DT_RELASZ:
      relocations_range_.size = value;
      break;
    case DT_JMPREL:
      calls_range_.address = value;
      break;
    case DT_PLTRELSZ:
      calls_range_.size = value;
      break;
    default:
      break;
  }
}

DynamicTables::DynamicTables(const LoadedModule& module) noexcept : module_(module) {
  if (!module.holds(module.dynamic)) return;
  for (const auto* entry = reinterpret_cast<const Elf64_Dyn*>(module.dynamic); entry->d_tag != DT_NULL;
       ++entry) {
    read(static_cast<std::uint64_t>(entry->d_tag), entry->d_un.d_val);
  }
  const auto span_of = [this](const Range& range) -> std::span<const Elf64_Rela> {
    const auto* const first = table<Elf64_Rela>(range.address, range.size);
    if (first == nullptr) return {};
    return {first, range.size / sizeof(Elf64_Rela)};
  };
  relocations_ = span_of(relocations_range_);
  calls_ = span_of(calls_range_);
}

const Elf64_Sym* DynamicTables::symbol(std::uint64_t index) const noexcept {
  return symbols_ == 0 ? nullptr : table<Elf64_Sym>(symbols_ + index * sizeof(Elf64_Sym), sizeof(Elf64_Sym));
}

std::string_view DynamicTables::text_at(std::uint64_t offset) const noexcept {
  const char* const names = table<char>(names_, names_size_);
  if (names == nullptr || offset >= names_size_) return {};
  const std::string_view rest(names + offset, names_size_ - offset);
  return rest.substr(0, rest.find('\0'));
}

std::string_view DynamicTables::name_of(const Elf64_Sym& symbol) const noexcept {
  return text_at(symbol.st_name);
}

// Of a symbol of another module; empty where it has none.
std::string_view DynamicTables::version_of(std::uint64_t index) const noexcept {
  const auto* const version =
      versions_ == 0 ? nullptr
                     : table<Elf64_Half>(versions_ + index * sizeof(Elf64_Half), sizeof(Elf64_Half));
  if (version == nullptr) return {};
  for (std::uint64_t at = needed_; at != 0;) {
    const auto* const module = table<Elf64_Verneed>(at, sizeof(Elf64_Verneed));
    if (module == nullptr) return {};
    std::uint64_t next = at + module->vn_aux;
    for (unsigned left = module->vn_cnt; left != 0; --left) {
      const auto* const needed = table<Elf64_Vernaux>(next, sizeof(Elf64_Vernaux));
      if (needed == nullptr) return {};
      if (needed->vna_other == (*version & 0x7fff)) return text_at(needed->vna_name);
      next += needed->vna_next;
    }
    at = module->vn_next == 0 ? 0 : at + module->vn_next;
  }
  return {};
}

bool DynamicTables::needs(std::string_view name, std::string_view version) const noexcept {
  for (const std::span<const Elf64_Rela> table : {relocations_, calls_}) {
    for (const Elf64_Rela& relocation : table) {
      const std::uint64_t index = ELF64_R_SYM(relocation.r_info);
      const Elf64_Sym* const referred = index == 0 ? nullptr : symbol(index);
      if (referred != nullptr && name_of(*referred) == name && version_of(index) == version) return true;
    }
  }
  return false;
}

SymbolReference DynamicTables::resolve(const Elf64_Rela& relocation) const noexcept {
  const std::uint64_t index = ELF64_R_SYM(relocation.r_info);
  const Elf64_Sym* const referred = index == 0 ? nullptr : symbol(index);
  const auto* const slot = table<std::uintptr_t>(module_.bias + relocation.r_offset, sizeof(std::uintptr_t));
  if (referred == nullptr || slot == nullptr) return {};
  SymbolReference reference;
  reference.name = name_of(*referred);
  reference.bound_to = *slot;
  if (referred->st_shndx != SHN_UNDEF) reference.own = module_.bias + referred->st_value;
  return reference;
}

bool DynamicTables::is_definition(const Elf64_Sym* symbol, std::string_view name) const noexcept {
  return symbol != nullptr && symbol->st_shndx != SHN_UNDEF && name_of(*symbol) == name;
}

std::uintptr_t DynamicTables::exported(std::string_view name) const noexcept {
  // Number of buckets, first symbol in them, words of the filter, its shift; the filter; buckets; chains.
  const auto* const head = table<std::uint32_t>(hash_, 4 * sizeof(std::uint32_t));
  if (head == nullptr || head[0] == 0) return 0;
  const std::uint64_t buckets =
      hash_ + 4 * sizeof(std::uint32_t) + std::uint64_t{head[2]} * sizeof(std::uint64_t);
  const std::uint64_t chains = buckets + std::uint64_t{head[0]} * sizeof(std::uint32_t);
  const auto word = [this](std::uint64_t base, std::uint64_t index) {
    return table<std::uint32_t>(base + index * sizeof(std::uint32_t), sizeof(std::uint32_t));
  };
  const std::uint32_t hash = gnu_hash(name);
  const std::uint32_t* const first = word(buckets, hash % head[0]);
  if (first == nullptr || *first < head[1]) return 0;
  for (std::uint64_t index = *first;; ++index) {
    const std::uint32_t* const chained = word(chains, index - head[1]);
    if (chained == nullptr) return 0;
    const Elf64_Sym* const candidate = symbol(index);
    if (((*chained ^ hash) >> 1) == 0 && is_definition(candidate, name))
      return module_.bias + candidate->st_value;
    if ((*chained & 1) != 0) return 0;
  }
}

}  // namespace padlock::os
