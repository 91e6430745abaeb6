// The symbol table of an ELF file, which holds local and hidden names too, unless the file is stripped.
#pragma once

#include <elf.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace padlock::os {

/// A file mapped for reading, by system calls alone. Keeps errno.
class SymbolFile {
 public:
  explicit SymbolFile(const char* path) noexcept;
  ~SymbolFile();
  SymbolFile(const SymbolFile&) = delete;
  SymbolFile& operator=(const SymbolFile&) = delete;

  /// Whether a function is defined in the file whose name `matches`, bool(std::string_view). False for a
  /// stripped, unreadable or damaged file.
  template <typename Matches>
  [[nodiscard]] bool defines(Matches matches) const noexcept {
    const Table table = symbol_table();
    for (const Elf64_Sym& symbol : table.symbols) {
      const bool function = ELF64_ST_TYPE(symbol.st_info) == STT_FUNC && symbol.st_shndx != SHN_UNDEF;
      if (function && symbol.st_name < table.names.size() && matches(text_at(table.names, symbol.st_name))) {
        return true;
      }
    }
    return false;
  }

 private:
  struct Table {
    std::span<const Elf64_Sym> symbols;
    std::string_view names;
  };

  [[nodiscard]] Table symbol_table() const noexcept;
  template <typename T>
  [[nodiscard]] std::span<const T> part(std::uint64_t offset, std::uint64_t size) const noexcept;
  static std::string_view text_at(std::string_view names, std::size_t offset) noexcept {
    // No name that is looked up is longer.
    constexpr std::size_t kLongest = 64;
    const std::string_view rest = names.substr(offset, kLongest);
    return rest.substr(0, rest.find('\0'));
  }

  std::span<const std::byte> bytes_;
};

}  // namespace padlock::os
