// The list by dl_iterate_phdr(3), and a search of the symbols that a module exports.
#include "os/module_names.h"

#include <algorithm>

#include "os/process.h"

namespace padlock::os {
namespace {

// What the dynamic section says of symbols.
class SymbolTable {
 public:
  SymbolTable(const ElfW(Dyn) * entry, std::uintptr_t bias) noexcept {
    for (; entry->d_tag != DT_NULL; ++entry) {
      // The loader has made these addresses absolute, but in modules that it cannot write to.
      const std::uintptr_t value = entry->d_un.d_ptr;
      const std::uintptr_t address = value < bias ? bias + value : value;
      if (entry->d_tag == DT_SYMTAB) symbols_ = reinterpret_cast<const ElfW(Sym)*>(address);
      if (entry->d_tag == DT_STRTAB) strings_ = reinterpret_cast<const char*>(address);
      if (entry->d_tag == DT_GNU_HASH) hash_ = reinterpret_cast<const std::uint32_t*>(address);
      if (entry->d_tag == DT_HASH) old_hash_ = reinterpret_cast<const std::uint32_t*>(address);
    }
  }

  [[nodiscard]] const char* find(std::uintptr_t offset) const noexcept {
    if (symbols_ == nullptr || strings_ == nullptr) return nullptr;
    const ElfW(Sym)* best = nullptr;
    const std::size_t count = symbol_count();
    for (std::size_t i = 0; i < count; ++i) {
      const ElfW(Sym)& symbol = symbols_[i];
      if (holds(symbol, offset) && (best == nullptr || best->st_value < symbol.st_value)) best = &symbol;
    }
    return best != nullptr ? strings_ + best->st_name : nullptr;
  }

 private:
  static bool holds(const ElfW(Sym) & symbol, std::uintptr_t offset) noexcept {
    if (symbol.st_shndx == SHN_UNDEF || symbol.st_value == 0) return false;
    if (ELF64_ST_TYPE(symbol.st_info) == STT_TLS) return false;
    return symbol.st_size == 0 ? offset == symbol.st_value : offset - symbol.st_value < symbol.st_size;
  }

  // Nothing says how many symbols there are, but the hash tables lead to all that are exported.
  [[nodiscard]] std::size_t symbol_count() const noexcept {
    if (hash_ == nullptr) return old_hash_ != nullptr ? old_hash_[1] : 0;
    const std::uint32_t buckets = hash_[0];
    const std::uint32_t first = hash_[1];
    const std::uint32_t bloom_words = 2 * hash_[2];
    const std::uint32_t* const bucket = hash_ + 4 + bloom_words;
    const std::uint32_t* const chain = bucket + buckets;
    std::uint32_t last = *std::max_element(bucket, bucket + buckets);
    if (last < first) return first;
    while ((chain[last - first] & 1) == 0) ++last;
    return std::size_t{last} + 1;
  }

  const ElfW(Sym) * symbols_ = nullptr;
  const char* strings_ = nullptr;
  const std::uint32_t* hash_ = nullptr;
  const std::uint32_t* old_hash_ = nullptr;
};

}  // namespace

int LoadedModules::add(dl_phdr_info* info, std::size_t, void* modules) noexcept {
  auto& all = *static_cast<LoadedModules*>(modules);
  if (all.size_ == kCapacity) return 1;
  all.modules_[all.size_++] = {info->dlpi_addr, info->dlpi_phdr, info->dlpi_phnum, info->dlpi_name};
  return 0;
}

void LoadedModules::take() noexcept {
  size_ = 0;
  dl_iterate_phdr(&LoadedModules::add, this);
}

bool LoadedModules::Module::contains(std::uintptr_t address) const noexcept {
  return std::any_of(segments, segments + segment_count, [&](const ElfW(Phdr) & segment) {
    return segment.p_type == PT_LOAD && address - (bias + segment.p_vaddr) < segment.p_memsz;
  });
}

const ElfW(Dyn) * LoadedModules::Module::dynamic() const noexcept {
  for (std::size_t i = 0; i < segment_count; ++i) {
    if (segments[i].p_type == PT_DYNAMIC)
      return reinterpret_cast<const ElfW(Dyn)*>(bias + segments[i].p_vaddr);
  }
  return nullptr;
}

const LoadedModules::Module* LoadedModules::module_at(std::uintptr_t address) const noexcept {
  const Module* const end = modules_ + size_;
  const Module* const module =
      std::find_if(modules_, end, [address](const Module& one) { return one.contains(address); });
  return module != end ? module : nullptr;
}

bool LoadedModules::is_program(std::uintptr_t address) const noexcept {
  return size_ != 0 && module_at(address) == modules_;  // the loader lists it first
}

const char* LoadedModules::any_readable_file() const noexcept {
  const Module* const end = modules_ + size_;
  const Module* const module =
      std::find_if(modules_, end, [](const Module& one) { return is_readable_file(one.path); });
  return module != end ? module->path : nullptr;
}

const char* LoadedModules::symbol_at(std::uintptr_t address) const noexcept {
  const Module* const module = module_at(address);
  if (module == nullptr || module->dynamic() == nullptr) return nullptr;
  return SymbolTable(module->dynamic(), module->bias).find(address - module->bias);
}

}  // namespace padlock::os
