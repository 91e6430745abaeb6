// Names of code addresses, from the debug information of files.
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

namespace padlock::cli {

/// One function at an address. A name or a file that is not known is empty.
struct NamedLevel {
  std::string function;  // demangled
  std::string file;
  int line = 0;
};

/// By libdw (elfutils): compressed sections of any kind, split DWARF, alternate debug files, debug links,
/// `.build-id` folders, and, with DEBUGINFOD_URLS set, debuginfod servers. Not thread-safe.
class SymbolFiles {
 public:
  /// `paths`: folders where files are looked for before the places that they came from.
  explicit SymbolFiles(std::vector<std::string> paths);
  ~SymbolFiles();
  SymbolFiles(const SymbolFiles&) = delete;
  SymbolFiles& operator=(const SymbolFiles&) = delete;

  /// The functions at an address of a module, innermost first; all but the last are inlined. None where no
  /// file of that build id, or of that path where there is no id, has a name for it. `address`: as the
  /// module's own tables count.
  std::vector<NamedLevel> names_at(const std::string& module, const std::string& build_id,
                                   std::uint64_t address);

 private:
  class Module;
  Module& module_of(const std::string& path, const std::string& build_id);

  std::vector<std::string> paths_;
  std::map<std::string, std::unique_ptr<Module>> modules_;  // by path and build id
};

}  // namespace padlock::cli
