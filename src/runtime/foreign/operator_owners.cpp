// Looking for operators: exported ones that the module's own calls go to, local and hidden ones in the symbol
// table of its file, and in a stripped file the C++ library that was linked into it.
#include "runtime/foreign/operator_owners.h"

#include <atomic>
#include <optional>
#include <string_view>

#include "os/elf_symbols.h"
#include "os/file_reader.h"
#include "os/maps_parser.h"
#include "os/modules.h"
#include "trace/unwinder.h"

namespace padlock::runtime {
namespace {

// What a module's references and exports say about one half of the operators.
struct Linkage {
  bool uses_own = false;     // exported, and its own calls are bound to it
  bool uses_others = false;  // calls are bound elsewhere
};

constexpr Half other(Half half) noexcept { return half == Half::kNew ? Half::kDelete : Half::kNew; }

Linkage linkage_of(const os::DynamicTables& tables, Half half) noexcept {
  Linkage linkage;
  tables.for_each_reference([&](const os::SymbolReference& reference) {
    if (!is_operator(reference.name, half)) return;
    const bool own = reference.own != 0 && reference.bound_to == reference.own;
    (own ? linkage.uses_own : linkage.uses_others) = true;
  });
  if (linkage.uses_own || linkage.uses_others) return linkage;
  // Exported without any reference by name: the linker has bound the module's calls to it (-Bsymbolic).
  const auto exports = [&](const auto& names) {
    for (const std::string_view name : names) {
      if (tables.exported(name) != 0) return true;
    }
    return false;
  };
  linkage.uses_own = half == Half::kNew ? exports(kNewNames) : exports(kDeleteNames);
  return linkage;
}

// Local or hidden ones, or those of an executable that no library asks for: calls go to them directly.
bool has_inner_operators(const char* path, const os::DynamicTables& tables, Half half) noexcept {
  const os::SymbolFile file(path);
  return file.defines(
      [&](std::string_view name) { return is_operator(name, half) && tables.exported(name) == 0; });
}

// The name of the type of what a C++ library's operator new throws: data of the library that defines the
// type.
bool holds_bad_alloc(std::string_view bytes) noexcept {
  constexpr char kName[] = "\0St9bad_alloc";  // with the zeros before and after it
  return bytes.find(std::string_view(kName, sizeof kName)) != std::string_view::npos;
}

bool find_own_operators(const os::LoadedModule& module, Half half) noexcept {
  const os::DynamicTables tables(module);
  const Linkage linkage = linkage_of(tables, half);
  if (linkage.uses_own) return true;
  const std::optional<os::Mapping> mapping = os::find_mapping(module.begin);
  if (!mapping) return false;
  if (has_inner_operators(mapping->path, tables, half)) return true;
  if (linkage.uses_others || linkage_of(tables, other(half)).uses_others) return false;
  return os::any_constant_data(module, holds_bad_alloc);  // a C++ library linked into it
}

// Answers by module, void when any module comes or goes.
class Answers {
 public:
  constexpr Answers() noexcept = default;

  // 0 or 1; -1: not known.
  [[nodiscard]] int find(std::uint64_t key) const noexcept {
    const std::uint64_t entry = slot(key).load(std::memory_order_relaxed);
    return entry >> 1 == key ? static_cast<int>(entry & 1) : -1;
  }
  void add(std::uint64_t key, bool answer) noexcept {
    slot(key).store(key << 1 | (answer ? 1 : 0), std::memory_order_relaxed);
  }

 private:
  static constexpr std::size_t kSlots = 512;
  [[nodiscard]] std::atomic<std::uint64_t>& slot(std::uint64_t key) const noexcept {
    return slots_[(key ^ key >> 20) % kSlots];
  }
  mutable std::atomic<std::uint64_t> slots_[kSlots] = {};
};

constinit Answers answers;

// Page of the module's start, 36 bits; generation of the set of modules, 26; which half.
std::uint64_t key_of(std::uintptr_t begin, Half half) noexcept {
  constexpr std::uint64_t kGenerations = std::uint64_t{1} << 26;
  const std::uint64_t generation = trace::rules_generation.load(std::memory_order_relaxed) % kGenerations;
  return begin >> 12 << 27 | generation << 1 | (half == Half::kNew ? 1 : 0);
}

bool is_padlock(const os::LoadedModule& module) noexcept {
  return module.holds(reinterpret_cast<std::uintptr_t>(&is_padlock));
}

}  // namespace

bool has_own_operators(const os::LoadedModule& module, Half half) noexcept {
  // What the program replaces where Padlock is linked into it is known without looking.
  if (!module.present() || is_padlock(module)) return false;
  const std::uint64_t key = key_of(module.begin, half);
  if (const int known = answers.find(key); known >= 0) return known == 1;
  const bool answer = find_own_operators(module, half);
  answers.add(key, answer);
  return answer;
}

bool any_has_own_operators(Half half) noexcept {
  const std::uint64_t key = key_of(0, half);
  if (const int known = answers.find(key); known >= 0) return known == 1;
  bool any = false;
  os::FileReader file("/proc/self/maps");
  os::MapsParser<os::FileReader> parser(file);
  for (os::MapsLine line; !any && parser.next(line);) {
    if (line.inode == 0 || !line.mapping.executable) continue;
    any = has_own_operators(os::module_at(line.mapping.begin), half);
  }
  answers.add(key, any);
  return any;
}

}  // namespace padlock::runtime
