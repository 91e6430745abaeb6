// A loaded module as its tables in memory describe it: which symbols it defines, and what those that it
// refers to are bound to. Its file, and what only the file has, is elf_symbols.h.
#pragma once

#include <elf.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace padlock::os {

/// Where a module lies. Not present: no module holds the address.
struct LoadedModule {
  std::uintptr_t begin = 0;
  std::uintptr_t end = 0;
  std::uintptr_t bias = 0;     // an address in memory minus that in the file
  std::uintptr_t dynamic = 0;  // the dynamic section; 0: none

  [[nodiscard]] bool present() const noexcept { return end != 0; }
  [[nodiscard]] bool holds(std::uintptr_t address) const noexcept {
    return address >= begin && address < end;
  }
};

/// Takes no lock. The module must stay loaded for as long as its tables are read.
LoadedModule module_at(std::uintptr_t address) noexcept;

/// Whether `holds` is true of any of the module's segments that nothing writes to: constant data lies there,
/// beside the code or apart from it. False where the module's headers are not sound.
bool any_constant_data(const LoadedModule& module, bool (*holds)(std::string_view bytes) noexcept) noexcept;

/// Something that a module refers to by name.
struct SymbolReference {
  std::string_view name;
  std::uintptr_t bound_to =
      0;  // an address; before the first call by way of it: inside the module's linkage table
  std::uintptr_t own = 0;  // the module's own definition; 0: none
};

/// The dynamic section of a loaded module. Offsets that lead outside the module are taken as absent tables.
class DynamicTables {
 public:
  explicit DynamicTables(const LoadedModule& module) noexcept;

  /// The address of the function or object that the module exports by that name; 0: none.
  [[nodiscard]] std::uintptr_t exported(std::string_view name) const noexcept;

  /// Whether the module refers to a symbol of that name and version.
  [[nodiscard]] bool needs(std::string_view name, std::string_view version) const noexcept;

  /// Visits every reference that the loader has bound by name.
  template <typename Visit>
  void for_each_reference(Visit visit) const noexcept {
    for (const std::span<const Elf64_Rela> table : {relocations_, calls_}) {
      for (const Elf64_Rela& relocation : table) {
        if (const SymbolReference reference = resolve(relocation); !reference.name.empty()) visit(reference);
      }
    }
  }

 private:
  template <typename T>
  [[nodiscard]] const T* table(std::uint64_t address, std::size_t size) const noexcept;
  void read(std::uint64_t tag, std::uint64_t value) noexcept;
  [[nodiscard]] const Elf64_Sym* symbol(std::uint64_t index) const noexcept;
  [[nodiscard]] std::string_view name_of(const Elf64_Sym& symbol) const noexcept;
  [[nodiscard]] std::string_view text_at(std::uint64_t offset) const noexcept;
  [[nodiscard]] std::string_view version_of(std::uint64_t index) const noexcept;
  [[nodiscard]] SymbolReference resolve(const Elf64_Rela& relocation) const noexcept;
  [[nodiscard]] bool is_definition(const Elf64_Sym* symbol, std::string_view name) const noexcept;

  const LoadedModule module_;
  std::uint64_t symbols_ = 0;  // addresses as the dynamic section gives them
  std::uint64_t names_ = 0;
  std::uint64_t names_size_ = 0;
  std::uint64_t hash_ = 0;
  std::uint64_t versions_ = 0;  // of symbols
  std::uint64_t needed_ = 0;    // versions of other modules' symbols
  struct Range {
    std::uint64_t address = 0;
    std::uint64_t size = 0;  // bytes
  };
  Range relocations_range_;
  Range calls_range_;
  std::span<const Elf64_Rela> relocations_;
  std::span<const Elf64_Rela> calls_;
};

}  // namespace padlock::os
