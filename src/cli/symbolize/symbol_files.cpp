// One libdwfl session for each module: addresses of different files never meet.
#include "cli/symbolize/symbol_files.h"

#include <cxxabi.h>
#include <dwarf.h>
#include <elfutils/libdw.h>
#include <elfutils/libdwelf.h>
#include <elfutils/libdwfl.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <span>
#include <utility>

namespace padlock::cli {
namespace {

namespace fs = std::filesystem;

std::string hexadecimal(std::span<const unsigned char> bytes) {
  std::string text;
  for (const unsigned char byte : bytes) text += fmt::format("{:02x}", byte);
  return text;
}

std::vector<unsigned char> bytes_of(const std::string& hexadecimal) {
  std::vector<unsigned char> bytes;
  for (std::size_t i = 0; i + 1 < hexadecimal.size(); i += 2)
    bytes.push_back(static_cast<unsigned char>(std::stoul(hexadecimal.substr(i, 2), nullptr, 16)));
  return bytes;
}

// Whether the file is an ELF file, and of that build, where one is asked for.
bool is_of_build(const fs::path& path, const std::string& build_id) {
  std::error_code ignored;
  if (!fs::is_regular_file(path, ignored)) return false;
  const int file = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
  if (file < 0) return false;
  Elf* const elf = elf_begin(file, ELF_C_READ_MMAP, nullptr);
  bool fits = elf != nullptr && elf_kind(elf) == ELF_K_ELF;
  if (fits && !build_id.empty()) {
    const void* bits = nullptr;
    const ssize_t size = dwelf_elf_gnu_build_id(elf, &bits);
    fits = size > 0 &&
           hexadecimal({static_cast<const unsigned char*>(bits), static_cast<std::size_t>(size)}) == build_id;
  }
  elf_end(elf);
  ::close(file);
  return fits;
}

// The first of the files that a module may be that is one; none: empty.
fs::path find_file(const std::vector<std::string>& folders, const std::string& module,
                   const std::string& build_id) {
  std::vector<fs::path> candidates;
  const fs::path path(module);
  for (const std::string& folder : folders) {
    candidates.push_back(fs::path(folder) / path.relative_path());
    candidates.push_back(fs::path(folder) / path.filename());
    if (build_id.size() > 2) {
      const fs::path by_id = fs::path(folder) / ".build-id" / build_id.substr(0, 2) / build_id.substr(2);
      candidates.push_back(by_id);
      candidates.push_back(by_id.string() + ".debug");
    }
  }
  candidates.push_back(path);
  const auto found = std::find_if(candidates.begin(), candidates.end(),
                                  [&](const fs::path& file) { return is_of_build(file, build_id); });
  return found == candidates.end() ? fs::path() : *found;
}

std::string demangled(const char* name) {
  if (name == nullptr) return "";
  int status = 0;
  char* const text = abi::__cxa_demangle(name, nullptr, nullptr, &status);
  std::string result = status == 0 ? text : name;
  std::free(text);
  return result;
}

std::string function_of(Dwarf_Die& die) {
  Dwarf_Attribute attribute;
  for (const unsigned name : {DW_AT_linkage_name, DW_AT_MIPS_linkage_name}) {
    if (dwarf_attr_integrate(&die, name, &attribute) != nullptr)
      return demangled(dwarf_formstring(&attribute));
  }
  const char* const plain =
      dwarf_attr_integrate(&die, DW_AT_name, &attribute) != nullptr ? dwarf_formstring(&attribute) : nullptr;
  return plain != nullptr ? plain : "";
}

int number_in(Dwarf_Die& die, unsigned name) {
  Dwarf_Attribute attribute;
  Dwarf_Word value = 0;
  const bool known =
      dwarf_attr(&die, name, &attribute) != nullptr && dwarf_formudata(&attribute, &value) == 0;
  return known ? static_cast<int>(value) : 0;
}

// Of a unit whose debug information lies in a file of its own (`.dwo`) that one, where it is there.
Dwarf_Die whole_unit(Dwarf_Die& unit) {
  Dwarf_Die split;
  std::uint8_t type = 0;
  const int known = dwarf_cu_info(unit.cu, nullptr, &type, nullptr, &split, nullptr, nullptr, nullptr);
  return known == 0 && type == DW_UT_skeleton && split.cu != nullptr ? split : unit;
}

std::string file_of(Dwarf_Die& unit, int index) {
  Dwarf_Files* files = nullptr;
  std::size_t count = 0;
  if (dwarf_getsrcfiles(&unit, &files, &count) != 0) return "";
  const char* const name = dwarf_filesrc(files, static_cast<std::size_t>(index), nullptr, nullptr);
  return name != nullptr ? name : "";
}

}  // namespace

class SymbolFiles::Module {
 public:
  Module(const std::vector<std::string>& folders, const std::string& path, const std::string& build_id)
      : debug_path_(joined(folders)), debug_path_text_(debug_path_.data()) {
    callbacks_.find_elf = dwfl_build_id_find_elf;
    callbacks_.find_debuginfo = dwfl_standard_find_debuginfo;
    callbacks_.section_address = dwfl_offline_section_address;
    callbacks_.debuginfo_path = &debug_path_text_;
    session_ = dwfl_begin(&callbacks_);
    if (session_ == nullptr) return;
    dwfl_report_begin(session_);
    const fs::path file = find_file(folders, path, build_id);
    module_ =
        file.empty() ? report_by_id(path, build_id) : dwfl_report_offline(session_, "", file.c_str(), -1);
    dwfl_report_end(session_, nullptr, nullptr);
  }
  ~Module() { dwfl_end(session_); }
  Module(const Module&) = delete;
  Module& operator=(const Module&) = delete;

  std::vector<NamedLevel> names_at(std::uint64_t address) {
    if (module_ == nullptr) return {};
    GElf_Addr bias = 0;
    Elf* const elf = dwfl_module_getelf(module_, &bias);
    if (elf == nullptr) return {};
    const Dwarf_Addr place = address + bias;
    std::vector<NamedLevel> levels = levels_at(place);
    if (levels.empty()) {
      const char* const symbol = dwfl_module_addrname(module_, place);
      if (symbol != nullptr) levels.push_back({demangled(symbol), "", 0});
    }
    return levels;
  }

 private:
  // A relative folder is one below that of the file itself, by libdwfl's rules.
  static std::string joined(const std::vector<std::string>& folders) {
    std::string text;
    for (const std::string& folder : folders) text += fs::absolute(folder).string() + ":";
    return text + ":.debug:/usr/lib/debug";
  }

  // No file is at hand: libdwfl looks in `.build-id` folders and asks debuginfod.
  Dwfl_Module* report_by_id(const std::string& path, const std::string& build_id) {
    if (build_id.empty()) return nullptr;
    constexpr GElf_Addr kBegin = 1U << 30;
    constexpr GElf_Addr kEnd = kBegin << 10;
    Dwfl_Module* const module = dwfl_report_module(session_, path.c_str(), kBegin, kEnd);
    const std::vector<unsigned char> bytes = bytes_of(build_id);
    if (module != nullptr) dwfl_module_report_build_id(module, bytes.data(), bytes.size(), 0);
    return module;
  }

  std::vector<NamedLevel> levels_at(Dwarf_Addr place) {
    Dwarf_Addr bias = 0;
    Dwarf_Die* const plain = unit_at(place, bias);
    if (plain == nullptr) return {};
    Dwarf_Die whole = whole_unit(*plain);
    Dwarf_Die* const unit = &whole;
    NamedLevel at = line_at(*plain, place - bias);
    Dwarf_Die* around = nullptr;
    if (dwarf_getscopes(unit, place - bias, &around) <= 0) return with_symbol(at, place);
    Dwarf_Die innermost = around[0];
    std::free(around);
    Dwarf_Die* scopes = nullptr;
    const int count = dwarf_getscopes_die(&innermost, &scopes);
    std::vector<NamedLevel> levels;
    for (int i = 0; i < count; ++i) {
      const int tag = dwarf_tag(&scopes[i]);
      if (tag != DW_TAG_inlined_subroutine && tag != DW_TAG_subprogram) continue;
      at.function = function_of(scopes[i]);
      levels.push_back(at);
      if (tag == DW_TAG_subprogram) break;
      at = {"", file_of(*unit, number_in(scopes[i], DW_AT_call_file)), number_in(scopes[i], DW_AT_call_line)};
    }
    std::free(scopes);
    return levels.empty() ? with_symbol(at, place) : levels;
  }

  // By the table of address ranges, which gcc makes and clang does not; otherwise by looking at each unit.
  Dwarf_Die* unit_at(Dwarf_Addr place, Dwarf_Addr& bias) {
    if (Dwarf_Die* const unit = dwfl_module_addrdie(module_, place, &bias); unit != nullptr) return unit;
    Dwarf_Die* unit = nullptr;
    while ((unit = dwfl_module_nextcu(module_, unit, &bias)) != nullptr) {
      if (dwarf_haspc(unit, place - bias) == 1) return unit;
    }
    return nullptr;
  }

  static NamedLevel line_at(Dwarf_Die& unit, Dwarf_Addr place) {
    NamedLevel at;
    Dwarf_Line* const line = dwarf_getsrc_die(&unit, place);
    if (line == nullptr) return at;
    const char* const file = dwarf_linesrc(line, nullptr, nullptr);
    at.file = file != nullptr ? file : "";
    dwarf_lineno(line, &at.line);
    return at;
  }

  std::vector<NamedLevel> with_symbol(NamedLevel at, Dwarf_Addr place) {
    at.function = demangled(dwfl_module_addrname(module_, place));
    if (at.function.empty() && at.file.empty()) return {};
    return {at};
  }

  std::string debug_path_;
  char* debug_path_text_;
  Dwfl_Callbacks callbacks_ = {};
  Dwfl* session_ = nullptr;
  Dwfl_Module* module_ = nullptr;
};

SymbolFiles::SymbolFiles(std::vector<std::string> paths) : paths_(std::move(paths)) {
  elf_version(EV_CURRENT);
}
SymbolFiles::~SymbolFiles() = default;

SymbolFiles::Module& SymbolFiles::module_of(const std::string& path, const std::string& build_id) {
  std::unique_ptr<Module>& module = modules_[build_id.empty() ? path : build_id];
  if (module == nullptr) module = std::make_unique<Module>(paths_, path, build_id);
  return *module;
}

std::vector<NamedLevel> SymbolFiles::names_at(const std::string& module, const std::string& build_id,
                                              std::uint64_t address) {
  return module_of(module, build_id).names_at(address);
}

}  // namespace padlock::cli
